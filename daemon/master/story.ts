// What happens to the app, told: the steps of the running operation, its receipt or failure, and how the last worker ended.
import { exitWords } from '../protocol/format.ts';
import type { ExitRecord } from '../protocol/model.ts';
import type { Effect, Operation } from '../rollout/types.ts';
import type { HandOut } from './hand-out.ts';
import { Operations } from './operations.ts';
import { ReceiptBook } from './receipts.ts';
import type { WorkerHandle } from './worker-handle.ts';

type Handles = ReadonlyMap<number, WorkerHandle>;

export class Story {
  readonly operations = new Operations();
  readonly receipts: ReceiptBook;
  lastExit: ExitRecord | null = null;
  private readonly handles: Handles;
  /** The operation whose effects are being carried out. */
  private running: string | undefined;

  constructor(handOut: HandOut, handles: Handles) {
    this.receipts = new ReceiptBook(handOut);
    this.handles = handles;
  }

  began(operation: Operation, at: number): void {
    const { op } = operation.request;
    this.running = op;
    const serving = [...this.handles.values()].filter(({ admitted }) => admitted);
    this.operations.began(operation, new Map(serving.map(({ slot, pid }) => [slot, pid])), at);
    this.receipts.open(op, operation.to, at);
  }

  forked({ slot, generation, pid }: WorkerHandle, at: number): void {
    this.operations.slot(this.running, slot, { phase: 'starting', newPid: pid });
    this.step(slot, `starting generation ${generation}, pid ${pid}`, at);
  }

  /** `after` ms it was good enough to take over. */
  admitted({ slot, pid }: WorkerHandle, after: number, at: number): void {
    this.operations.slot(this.running, slot, { phase: 'draining', readyAfter: after });
    this.step(slot, `ready after ${after}ms, pid ${pid}`, at);
  }

  dismissed({ slot, pid, open }: WorkerHandle, at: number): void {
    this.step(slot, `old worker dismissed, pid ${pid}, ${open} open`, at);
  }

  killed({ slot, pid }: WorkerHandle, at: number): void {
    this.step(slot, `pid ${pid} did not stop and was killed`, at);
  }

  /** A worker has ended: as it was asked to, or (`asked` false) by itself after `uptime` ms. */
  gone(handle: WorkerHandle, exit: Pick<ExitRecord, 'code' | 'signal' | 'uptime' | 'at'>, asked: boolean): void {
    const { slot, pid, generation, tail, given } = handle;
    this.receipts.lastLines(handle.id, tail.lines);
    if (!asked) {
      this.lastExit = { ...exit, slot, pid, generation, lines: tail.lines };
      return;
    }
    this.operations.parted(this.running, slot);
    const parted = given > 0 ? `, ${given} connections moved` : '';
    this.step(slot, `old worker gone, pid ${pid}${parted}, ${exitWords(exit.code, exit.signal)}`, exit.at);
  }

  /** `reason` is the refusal's, with what else is known about it. */
  ended({ op, refusal, note }: Extract<Effect, { type: 'end' }>, reason: string | null, at: number): void {
    if (this.running === op) this.running = undefined;
    const lines = refusal?.worker ? this.linesOf(refusal.worker) : [];
    const failure = refusal && { slot: refusal.slot, reason: reason ?? refusal.reason, lines };
    const slots = this.operations.list.find((one) => one.op === op)?.slots ?? [];
    const replaced = slots.filter(({ readyAfter }) => readyAfter !== null).length;
    const draining = [...this.handles.values()].filter(({ load }) => load.draining);
    const open = draining.reduce((sum, handle) => sum + handle.open, 0);
    const receipt = this.receipts.close(op, { at, open, slots: slots.length, replaced });
    this.operations.ended(op, { at, receipt, failure, note });
  }

  private linesOf(worker: number): readonly string[] {
    return this.handles.get(worker)?.tail.lines ?? this.receipts.linesOf(worker);
  }

  private step(slot: number, text: string, at: number): void {
    this.operations.step(this.running, slot, text, at);
  }
}
