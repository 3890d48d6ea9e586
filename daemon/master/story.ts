// What happens to the app, told: the steps of the running operation, its receipt or failure, how the last worker ended, and
// the last events.
import type { ControlAction } from '../protocol/contract.ts';
import { exitWords, plural } from '../protocol/format.ts';
import type { Legacy } from '../protocol/heir-link.ts';
import type { ExitRecord } from '../protocol/model.ts';
import { controlWords } from '../rollout/control.ts';
import type { Effect, Operation } from '../rollout/types.ts';
import type { Lacking } from './bind-failure.ts';
import { Departure } from './departure.ts';
import { Events } from './events.ts';
import type { SavedApp } from './adoption/journal.ts';
import type { HandOut } from './hand-out.ts';
import { Operations } from './operations.ts';
import { ReceiptBook } from './receipts.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';

type Handles = ReadonlyMap<number, WorkerHandle>;

/** Dead workers that are remembered, until somebody asks for them. */
const KEEP_DEAD = 16;

interface Dead {
  readonly lines: readonly string[];
  readonly lacking: Lacking | undefined;
}

export class Story {
  readonly operations = new Operations();
  readonly events = new Events();
  readonly receipts: ReceiptBook;
  lastExit: ExitRecord | null = null;
  private readonly handOut: HandOut;
  private readonly handles: Handles;
  /** The operation whose effects are being carried out. */
  private running: string | undefined;
  private readonly dead = new Map<number, Dead>();

  constructor(handOut: HandOut, handles: Handles) {
    this.receipts = new ReceiptBook(handOut);
    this.handOut = handOut;
    this.handles = handles;
  }

  began(operation: Operation, at: number): void {
    const { op } = operation.request;
    this.running = op;
    const serving = [...this.handles.values()].filter(({ admitted }) => admitted);
    this.operations.began(operation, new Map(serving.map(({ slot, pid }) => [slot, pid])), at);
    this.receipts.open(op, operation.to, at);
  }

  /** Somebody steers the operation. */
  steered(op: string, action: ControlAction, by: string | null, at: number): void {
    if (action === 'pause' || action === 'resume') this.operations.paused(op, action === 'pause');
    this.operations.step(op, null, controlWords(action, by), at);
  }

  forked({ slot, generation, pid }: WorkerHandle, at: number): void {
    this.operations.slot(this.running, slot, { phase: 'starting', newPid: pid });
    this.step(slot, `starting generation ${generation}, pid ${pid}`, at);
  }

  /** `after` ms it was good enough to take over. */
  admitted(handle: WorkerHandle, after: number, at: number): void {
    const { slot, pid, waited } = handle;
    this.operations.admitted(this.running, handle, waited ?? after);
    this.step(slot, waited === null ? `ready after ${after}ms, pid ${pid}` : `takes over, pid ${pid}`, at);
    this.covered(at);
  }

  /** It is ready `after` ms, and the others are not. */
  waits(handle: WorkerHandle, after: number, at: number): void {
    const { slot, pid } = handle;
    handle.waited = after;
    this.operations.slot(this.running, slot, { phase: 'standby', readyAfter: after });
    this.step(slot, `ready after ${after}ms, pid ${pid}, waits`, at);
  }

  /** One that was dismissed, and kept, serves again. */
  readmitted(handle: WorkerHandle, at: number): void {
    const { slot, pid } = handle;
    handle.departure?.ended();
    handle.departure = undefined;
    this.operations.admitted(this.running, handle, 0);
    this.step(slot, `old worker taken back, pid ${pid}`, at);
    this.covered(at);
  }

  /** What only the machine knows of the operation that runs. */
  follow(operation: Operation | null): void {
    if (operation) this.operations.follow(operation);
  }

  dismissed(handle: WorkerHandle, at: number): void {
    const { slot, pid, open } = handle;
    handle.departure = new Departure(this.running, at, open);
    this.receipts.departs(handle.departure);
    this.step(slot, `${this.nameOf(handle)} dismissed, pid ${pid}, ${open} open`, at);
    this.covered(at);
  }

  /** A worker told its figures. */
  progressed({ departure, load }: WorkerHandle): void {
    if (!departure) return;
    departure.progressed(load);
    this.amend(departure);
  }

  /** It is asked to stop; whatever it has left ends with it. */
  stopping({ departure }: WorkerHandle): void {
    departure?.ended();
  }

  killed({ slot, pid, process, departure }: WorkerHandle, at: number): void {
    const what = process.hasEnded ? `what pid ${pid} had started` : `pid ${pid}`;
    this.step(slot, `${what} did not stop and was killed`, at, departure?.op);
  }

  /** A worker has ended: as it was asked to, or (`asked` false) by itself after `uptime` ms. */
  gone(handle: WorkerHandle, exit: Pick<ExitRecord, 'code' | 'signal' | 'uptime' | 'at'>, asked: boolean): void {
    const { slot, pid, generation, tail, departure } = handle;
    this.remember(handle.id, { lines: tail.lines, lacking: handle.lacking });
    this.covered(exit.at);
    if (departure) {
      departure.ended();
      this.operations.parted(departure.op, slot, exit.at - departure.at);
      this.amend(departure);
    }
    if (!asked) {
      this.lastExit = { ...exit, slot, pid, generation, lines: tail.lines };
      return this.events.exited(this.lastExit);
    }
    const moved = departure?.parted.moved ?? 0;
    const parted = moved > 0 ? `, ${plural(moved, 'connection')} moved` : '';
    const text = `${this.nameOf(handle)} gone, pid ${pid}${parted}, ${exitWords(exit.code, exit.signal)}`;
    this.step(slot, text, exit.at, departure?.op);
  }

  /** `reason` is the refusal's, with what else is known about it. */
  ended({ op, refusal, note, last }: Extract<Effect, { type: 'end' }>, reason: string | null, at: number): void {
    if (this.running === op) this.running = undefined;
    // A canary may get its verdict, and all be as before, in one turn.
    this.follow(last ?? null);
    const lines = refusal?.worker ? this.linesOf(refusal.worker) : [];
    const failure = refusal && { slot: refusal.slot, reason: reason ?? refusal.reason, lines };
    const slots = this.operations.list.find((one) => one.op === op)?.slots ?? [];
    const replaced = slots.filter(({ readyAfter }) => readyAfter !== null).length;
    this.receipts.close(op, { at, slots: slots.length, replaced });
    const ended = this.operations.ended(op, { at, receipt: this.receipts.receipt(op), failure, note });
    if (ended) this.events.ended(ended);
    this.receipts.keepOnly(new Set(this.operations.list.map((one) => one.op)));
  }

  /** Where a worker that has ended did not listen, and should have. */
  lackingOf(worker: number): Lacking | undefined {
    return this.dead.get(worker)?.lacking;
  }

  /** Goes on with what another master has told so far. */
  inherit({ operations, events, lastExit }: Pick<Legacy, 'operations' | 'events' | 'lastExit'>): void {
    this.operations.inherit(operations);
    this.events.inherit(events);
    this.lastExit ??= lastExit;
  }

  /** The same, and with the operation that runs. What it did before to connections nobody knows any more. */
  restore(saved: Pick<SavedApp, 'operations' | 'events' | 'lastExit'>, running: Operation | null): void {
    this.inherit(saved);
    if (!running) return;
    const at = Date.now();
    this.running = running.request.op;
    this.receipts.open(this.running, running.to, at);
    this.step(null, 'the master ended; the next one goes on', at);
  }

  /** It was dismissed by a master before. */
  stillDeparts(handle: WorkerHandle): void {
    handle.departure = new Departure(this.running, Date.now(), handle.open);
    this.receipts.departs(handle.departure);
  }

  /** On the way back it is the new one that leaves. */
  private nameOf({ generation, departure }: WorkerHandle): string {
    const { from, to } = this.operations.list.find(({ op }) => op === (departure?.op ?? this.running)) ?? {};
    return from !== to && generation === to ? 'new worker' : 'old worker';
  }

  private amend({ op }: Departure): void {
    if (op === undefined) return;
    const receipt = this.receipts.receipt(op);
    this.operations.amend(op, receipt);
    // An event is remembered for longer than its operation and what is counted for it.
    if (receipt) this.events.amend(op, receipt);
  }

  private covered(at: number): void {
    this.receipts.covered(this.handOut.isServed, at);
  }

  private remember(worker: number, dead: Dead): void {
    this.dead.set(worker, dead);
    for (const old of this.dead.keys()) if (this.dead.size > KEEP_DEAD) this.dead.delete(old);
  }

  private linesOf(worker: number): readonly string[] {
    return this.handles.get(worker)?.tail.lines ?? this.dead.get(worker)?.lines ?? [];
  }

  private step(slot: number | null, text: string, at: number, op = this.running): void {
    this.operations.step(op, slot, text, at);
  }
}
