// Taking the place of another master, without a client noticing: the heir's side. It gets the listening sockets, has workers of
// its own started slot by slot as it is told, and becomes the master when the old one has nothing left. Until then it is nobody
// to zdmd; when the old one dies before that, it ends, and zdmd starts the app anew.
import type { ListenSocket, StreamHandle } from '../connections/internals.ts';
import type { FromHeir, Legacy, ToHeir } from '../protocol/heir-link.ts';
import { masterOperation } from '../protocol/master-operation.ts';
import type { OperationStatus } from '../protocol/model.ts';
import { onlineCount } from '../rollout/status.ts';
import type { Channel } from './heir.ts';
import type { Master } from './master.ts';
import { ownOperation } from './own-operation.ts';

interface Surroundings {
  /** To the old master. */
  readonly channel: Channel;
  /** Listens in the master's place. */
  serve(): Promise<void>;
  /** The old master is gone before this one was told to take over. */
  orphaned(): void;
}

export class Inheritance {
  private readonly master: Master;
  private readonly around: Surroundings;
  private slots = 0;
  private isMaster = false;

  constructor(master: Master, around: Surroundings) {
    this.master = master;
    this.around = around;
  }

  /** A message of the old master, with what came with it. */
  receive(message: ToHeir, handle: unknown): void {
    const { app } = this.master;
    switch (message.act) {
      case 'listener':
        return handle ? app.traffic.listeners.inherit(message.listener, handle as ListenSocket) : undefined;
      case 'fill':
        return this.fill(message.slots, message.keys);
      case 'connection': {
        const { key, moved } = message;
        const connection = { handle: handle as StreamHandle, key, moved, waitingSince: null, refusals: 0 };
        return handle ? app.traffic.handOut.route(connection) : undefined;
      }
      case 'take-over':
        return void this.takeOver(message.legacy);
      case 'withdraw':
        if (onlineCount(app.loop.machine) > 0) return app.handover.giveBack(this.around.channel);
        return ownOperation(app, 'stop', 'the old master goes on');
    }
  }

  /** The channel to the old master has ended. */
  disconnected(): void {
    if (!this.isMaster) this.around.orphaned();
  }

  /** Something about the app changed: perhaps the slot that was asked for is served now. */
  look(): void {
    if (this.isMaster || this.slots === 0) return;
    const operation = this.master.app.story.operations.list.find(({ op }) => op === nameOf(this.slots));
    if (!operation || operation.endedAt === null) return;
    const slots = this.slots;
    this.slots = 0;
    this.tell(operation, slots);
  }

  private say(message: FromHeir): void {
    this.around.channel.send?.(message);
  }

  private fill(slots: number, keys: readonly string[]): void {
    const { app } = this.master;
    this.slots = slots;
    app.traffic.required = { slot: slots - 1, keys };
    app.operate(masterOperation('scale', nameOf(slots), { scale: { mode: 'set', count: slots } }));
  }

  private tell({ failure }: OperationStatus, slots: number): void {
    const { traffic, handles } = this.master.app;
    if (failure) return this.say({ act: 'failed', reason: failure.reason, lines: failure.lines });
    traffic.listeners.accept();
    const newest = [...handles.values()].find(({ slot }) => slot === slots - 1);
    this.say({ act: 'filled', slots, pid: newest?.pid ?? 0 });
  }

  private async takeOver(legacy: Legacy): Promise<void> {
    this.isMaster = true;
    const { traffic } = this.master.app;
    traffic.required = null;
    traffic.listeners.isShared = false;
    traffic.kernel.cover();
    this.master.inherit(legacy);
    await this.around.serve();
    this.say({ act: 'serving' });
    for (const operation of legacy.waiting) this.master.app.operate(operation);
  }
}

function nameOf(slots: number): string {
  return `heir-${slots}`;
}
