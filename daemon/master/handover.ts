// Handing everything over to the master of another zdm, worker by worker, without a client noticing: our side. The machine
// decides (`handover` in daemon/rollout); this starts the heir, passes on, and ends this process when nothing is left here.
import type { ChildProcess } from 'node:child_process';
import type { StreamHandle } from '../connections/internals.ts';
import { logEvent } from '../os/log.ts';
import { messageOf } from '../protocol/errors.ts';
import type { FromHeir, Legacy } from '../protocol/heir-link.ts';
import type { HeirProgram, Heritage, MasterOperation } from '../protocol/master-contract.ts';
import { masterOperation } from '../protocol/master-operation.ts';
import { onlineCount } from '../rollout/status.ts';
import type { Farewell } from './farewell.ts';
import { Heir, type Channel } from './heir.ts';
import type { Loop } from './loop.ts';
import type { Releases } from './releases.ts';
import type { Story } from './story.ts';
import type { Traffic } from './traffic.ts';
import type { AppSpec } from '../protocol/model.ts';

/** What an heir may take (ms) on top of the ready limit of the app, and to listen in our place. */
const MARGIN = 10_000;
/** Connections on their way to the heir are looked after this often (ms) at the end. */
const FLUSH_EVERY = 5;

export interface HandoverSurroundings {
  /** Starts the heir, which is told `spec` and `heritage`. Rejects when it cannot be started; `failed` resolves when it has failed. */
  launch(
    program: HeirProgram,
    spec: AppSpec,
    heritage: Heritage,
  ): Promise<{ readonly child: ChildProcess; readonly failed: Promise<Error> }>;
  /** What else goes on in the heir. */
  legacy(waiting: readonly MasterOperation[]): Legacy;
  /** The heir serves in our place and nothing is left here. Called in a turn in which no connection is under way. */
  succeeded(): void;
}

/** What it needs of the app. */
export interface HandoverStage {
  readonly spec: AppSpec;
  readonly traffic: Traffic;
  readonly loop: Loop;
  readonly story: Story;
  readonly farewell: Farewell;
  readonly releases: Releases;
  operate(operation: MasterOperation): number;
  /** Resolves when everything that was printed is in the log files. */
  closeLogs(): Promise<unknown>;
}

export class Handover {
  private readonly app: HandoverStage;
  private readonly around: HandoverSurroundings;
  private heir: Heir | null = null;
  private op: string | null = null;
  /** What was asked for and has not begun, by name. */
  private readonly waiting = new Map<string, MasterOperation>();
  private child: ChildProcess | null = null;
  private program: HeirProgram | null = null;
  /** The master that all goes back to. */
  private old: Heir | null = null;
  /** An heir that was called off is needed until our own workers serve again. */
  private stage: 'on' | 'off' | 'withdrawn' = 'on';
  private timer: NodeJS.Timeout | undefined;
  /** Resolves when no heir is there (any more). */
  gone: Promise<void> = Promise.resolve();
  /** What the heir's new worker said last, when it failed. */
  lines: readonly string[] = [];

  constructor(app: HandoverStage, around: HandoverSurroundings) {
    this.app = app;
    this.around = around;
  }

  /** The heir's slots, which take connections as our workers do. */
  get receivers(): Heir['receivers'] {
    // One that was called off gives back what it has: it must not get it again.
    return this.stage === 'withdrawn' ? [] : (this.heir?.receivers ?? []);
  }

  /** Something was asked of the app: if it has not begun when the heir takes over, it is the heir's to do. */
  asked(operation: MasterOperation): void {
    this.waiting.set(operation.op, operation);
  }

  /** An operation begins, a handover perhaps. */
  begins(op: string): void {
    const { kind, heir } = this.waiting.get(op) ?? {};
    this.waiting.delete(op);
    if (kind !== 'handover') return;
    this.heir = this.old;
    this.op = op;
    this.program = heir ?? null;
    this.stage = 'on';
    this.lines = [];
  }

  /** Has the heir start a worker for the slot, which has to listen at `keys`; the first one starts the heir. */
  relieve(slot: number, keys: readonly string[]): void {
    if (this.heir && this.heir === this.old) return this.relieved(this.heir, slot, this.heir.pid);
    this.within(this.app.spec.listenTimeout + MARGIN, slot);
    const fill = { act: 'fill', slots: slot + 1, keys } as const;
    if (this.heir) return this.heir.tell(fill);
    this.start().then(
      (heir) => heir.tell(fill),
      (error: unknown) => this.desert(slot, `the new master could not be started: ${messageOf(error)}`),
    );
  }

  /** An operation has ended. With a handover the heir becomes the master, or goes. */
  ends(op: string, failed: boolean): void {
    this.waiting.delete(op);
    if (op !== this.op) return;
    this.op = null;
    clearTimeout(this.timer);
    if (!failed) return void this.succeed();
    this.stage = 'off';
    // Its slots take connections until ours do, but not for ever.
    this.timer = setTimeout(() => this.withdraw(), this.app.spec.listenTimeout);
    this.look();
  }

  /** Something changed: an heir that was called off goes when our own workers serve again, or nothing is to be served. */
  look(): void {
    if (this.stage !== 'off' || !this.heir) return;
    const { machine } = this.app.loop;
    if (!machine.up || onlineCount(machine) >= machine.instances) this.withdraw();
  }

  /** Everything goes back to the master whose heir this one was, at the other end of the channel. */
  giveBack(channel: Channel): void {
    const { traffic } = this.app;
    const heir = new Heir(channel, {
      said: () => undefined,
      answered: () => traffic.handOut.advance(),
      orphaned: (connection) => traffic.orphaned(connection),
      gone: () => undefined,
    });
    this.old = heir;
    this.app.operate(masterOperation('handover', 'give-back'));
  }

  private withdraw(): void {
    if (this.stage !== 'off') return;
    this.stage = 'withdrawn';
    clearTimeout(this.timer);
    this.heir?.tell({ act: 'withdraw' });
    const { drainTimeout, killTimeout } = this.app.spec;
    const { child } = this;
    setTimeout(() => child?.kill('SIGKILL'), drainTimeout + killTimeout + MARGIN).unref();
  }

  private async succeed(): Promise<void> {
    const { child } = this;
    this.within(MARGIN, null, () => child?.kill('SIGKILL'));
    await Promise.all([this.app.closeLogs(), this.app.farewell.swept()]);
    if (this.heir && this.heir === this.old) return this.leave(this.heir);
    this.heir?.tell({ act: 'take-over', legacy: this.around.legacy([...this.waiting.values()]) });
  }

  private async start(): Promise<Heir> {
    const { spec, traffic, loop } = this.app;
    const { generation, listens, nextWorker, previous } = loop.machine;
    if (!this.program) throw new Error('nobody said which');
    // One that was called off may still be giving back.
    await this.gone;
    // Two masters of one app have different workers.
    const releases = this.app.releases.kept(generation, previous?.generation);
    const heritage = { generation, listens, nextWorker: nextWorker + 1_000, releases };
    const { child, failed } = await this.around.launch(this.program, spec, heritage);
    this.child = child;
    let isGone: () => void = () => undefined;
    this.gone = new Promise((resolve) => (isGone = resolve));
    const heir: Heir = new Heir(child, {
      said: (message, handle) => this.said(heir, message, handle),
      answered: () => traffic.handOut.advance(),
      orphaned: (connection) => traffic.orphaned(connection),
      gone: () => void this.lost(heir, failed).then(isGone),
    });
    this.heir = heir;
    logEvent('handing over', { to: heir.pid, ...this.program });
    for (const { listener, socket } of traffic.listeners.all) heir.bequeath(listener, socket);
    return heir;
  }

  private async lost(heir: Heir, failed: Promise<Error>): Promise<void> {
    if (this.heir === heir) {
      this.heir = null;
      // One that was killed has no words.
      const why = await Promise.race([failed.then(messageOf), nextTurn('it ended unexpectedly')]);
      this.desert(null, `the new master failed: ${why}`);
    }
    this.app.traffic.handOut.advance();
  }

  private said(heir: Heir, message: FromHeir, handle: StreamHandle): void {
    if (message.act === 'connection') {
      const { key, moved } = message;
      const connection = { handle, key, moved, waitingSince: null, refusals: 0 };
      // Without a handle no descriptor was free here, and the heir still has it.
      return handle ? this.app.traffic.gave(connection) : undefined;
    }
    if (heir !== this.heir) return;
    switch (message.act) {
      case 'filled':
        clearTimeout(this.timer);
        return this.relieved(heir, message.slots - 1, message.pid);
      case 'failed':
        this.lines = message.lines;
        return this.desert(null, message.reason);
      case 'serving':
        clearTimeout(this.timer);
        return this.leave(heir);
    }
  }

  private relieved(heir: Heir, slot: number, pid: number): void {
    heir.serves(slot);
    this.app.story.relieved(slot, pid, Date.now());
    this.app.loop.dispatch({ type: 'relieved', slot });
  }

  /** Whoever connects until the last moment is served by the heir. A listening unix socket must not be closed here: that removes its file. */
  private leave(heir: Heir): void {
    if (heir.unanswered === 0 && this.app.traffic.handOut.waiting === 0) return this.around.succeeded();
    setTimeout(() => this.leave(heir), FLUSH_EVERY);
  }

  private within(limit: number, slot: number | null, otherwise: () => void = () => undefined): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.desert(slot, `the new master did not get on within ${Math.round(limit / 1_000)}s`);
      otherwise();
    }, limit);
  }

  private desert(slot: number | null, why: string): void {
    clearTimeout(this.timer);
    this.app.loop.dispatch({ type: 'deserted', slot, why });
  }
}

function nextTurn<T>(value: T): Promise<T> {
  return new Promise((resolve) => setImmediate(resolve, value));
}
