// An app is taken over from a master of 0.1.0, whose workers end with it: the sockets come, workers of this version are started slot by
// slot as the old master says, and connections that the old workers part with are passed on. Until the old one has nothing left, it is
// the app's master.
import type { ListenSocket, StreamHandle } from '../../connections/internals.ts';
import type { FromHeir, Heritage, InheritedListener, Legacy, ToHeir } from '../../protocol/heir-link.ts';
import { masterOperation } from '../../protocol/master-operation.ts';
import type { OperationStatus } from '../../protocol/model.ts';
import type { Master } from '../master.ts';
import { ownOperation } from '../own-operation.ts';

export class OldMaster {
  private readonly master: Master;
  private readonly say: (message: FromHeir) => void;
  private slots = 0;
  /** The old one has given everything. */
  isOver = false;

  /** `say` tells the old master. */
  constructor(
    master: Master,
    { generation, listens, nextWorker, releases }: Heritage,
    say: (message: FromHeir) => void,
  ) {
    this.master = master;
    this.say = say;
    const known = releases ? master.app.releases.inherit(releases) : {};
    const before = { up: true, instances: 0, generation, lastGeneration: generation, listens, nextWorker };
    master.app.loop.inherit({ ...before, ...known });
  }

  /** What it says, with what came with it. */
  receive(message: ToHeir, handle: unknown): void {
    const { app } = this.master;
    switch (message.act) {
      case 'listener':
        return handle ? app.traffic.listeners.inherit(complete(message.listener), handle as ListenSocket) : undefined;
      case 'fill':
        return this.fill(message.slots, message.keys);
      case 'connection': {
        const { key, moved } = message;
        const connection = { handle: handle as StreamHandle, key, moved, waitingSince: null, refusals: 0 };
        return handle ? app.traffic.handOut.route(connection) : undefined;
      }
      case 'take-over':
        return this.takeOver(message.legacy);
      case 'withdraw':
        return ownOperation(app, 'stop', 'the old master goes on');
    }
  }

  /** Something about the app changed: perhaps the slot that was asked for is served now. */
  look(): void {
    if (this.isOver || this.slots === 0) return;
    const operation = this.master.app.story.operations.list.find(({ op }) => op === nameOf(this.slots));
    if (!operation || operation.endedAt === null) return;
    const slots = this.slots;
    this.slots = 0;
    this.tell(operation, slots);
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

  private takeOver(legacy: Legacy): void {
    this.isOver = true;
    const { traffic } = this.master.app;
    traffic.required = null;
    traffic.listeners.isShared = false;
    traffic.kernel.cover();
    this.master.inherit(legacy);
    this.say({ act: 'serving' });
    for (const operation of legacy.waiting) this.master.app.operate(operation);
  }
}

/** 0.1.0 knew of no other sockets. */
function complete({ request, ...listener }: InheritedListener): InheritedListener {
  return { ...listener, request: { ...request, kind: 'tcp', flags: 0 } };
}

function nameOf(slots: number): string {
  return `heir-${slots}`;
}
