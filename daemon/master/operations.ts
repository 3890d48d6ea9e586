// The story of each operation, from queued to its receipt, as the status shows it.
import type {
  CanaryStatus,
  Failure,
  OperationStatus,
  Receipt,
  RolloutStep,
  SlotPhase,
  SlotProgress,
} from '../protocol/model.ts';
import { toWall } from '../os/clock.ts';
import type { Canary, Operation } from '../rollout/types.ts';

/** Ended operations that stay visible. */
const KEEP = 5;
/** Steps of one operation that stay visible: the story of 100 slots. */
const STEP_LIMIT = 400;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Story = Writable<Omit<OperationStatus, 'slots' | 'steps'>> & {
  slots: Writable<SlotProgress>[];
  steps: RolloutStep[];
};

/** A worker that has taken over. */
interface Admitted {
  readonly slot: number;
  readonly generation: number;
  readonly pid: number;
}

export class Operations {
  private readonly records: Story[] = [];

  /** Oldest first. */
  get list(): readonly OperationStatus[] {
    return this.records;
  }

  /** What another master has told of the app, in place of what is known here. */
  inherit(operations: readonly OperationStatus[]): void {
    this.records.splice(0, Infinity, ...operations.map((one) => structuredClone(one) as Story));
  }

  queued({ op, kind, by }: Pick<OperationStatus, 'op' | 'kind' | 'by'>, at: number): void {
    this.records.push({
      op,
      kind,
      by,
      strategy: null,
      paused: false,
      returning: null,
      canary: null,
      phase: 'queued',
      askedAt: at,
      startedAt: null,
      endedAt: null,
      from: 0,
      to: 0,
      slots: [],
      steps: [],
      receipt: null,
      failure: null,
      note: null,
    });
  }

  /** It runs now; `pids` are the workers that serve each slot at this moment. */
  began(operation: Operation, pids: ReadonlyMap<number, number>, at: number): void {
    const record = this.find(operation.request.op);
    if (!record) return;
    record.phase = 'running';
    record.startedAt = at;
    record.from = operation.from;
    record.to = operation.to;
    record.slots = operation.slots.map(({ slot }) => ({
      slot,
      phase: 'waiting',
      oldPid: pids.get(slot) ?? null,
      newPid: null,
      readyAfter: null,
      goneAfter: null,
    }));
  }

  /** How its strategy gets on. */
  follow({ request, strategy, returning, canary, slots }: Operation): void {
    const record = this.find(request.op);
    if (!record) return;
    record.strategy = strategy;
    record.returning = returning?.reason ?? null;
    record.canary = canary && shownCanary(canary);
    for (const { slot, phase } of slots) {
      const progress = record.slots.find((one) => one.slot === slot);
      if (progress && phase === 'proving') progress.phase = 'proving';
      else if (progress?.phase === 'proving') progress.phase = progress.goneAfter === null ? 'draining' : 'done';
    }
  }

  /** It takes up no further slot, or does again. */
  paused(op: string, paused: boolean): void {
    const record = this.find(op);
    if (record) record.paused = paused;
  }

  /** Adds a line to the story of the operation. */
  step(op: string | undefined, slot: number | null, text: string, at: number): void {
    // What happens to its old workers is its story also when it is over.
    const record = this.known(op);
    if (record && record.steps.length < STEP_LIMIT) record.steps.push({ at, slot, text });
  }

  /** Changes what is shown of one slot. */
  slot(
    op: string | undefined,
    slot: number,
    change: { phase: SlotPhase; newPid?: number; readyAfter?: number | null },
  ): void {
    const progress = op === undefined ? undefined : this.find(op)?.slots.find((one) => one.slot === slot);
    if (progress) Object.assign(progress, change);
  }

  /** A worker has taken over in its slot; or, when it is not of the new code, the slot has got its old code back. */
  admitted(op: string | undefined, { slot, generation, pid }: Admitted, after: number): void {
    const record = op === undefined ? undefined : this.find(op);
    const isBack = record !== undefined && record.from !== record.to && generation !== record.to;
    this.slot(
      op,
      slot,
      isBack ? { phase: 'waiting', readyAfter: null } : { phase: 'draining', readyAfter: after, newPid: pid },
    );
  }

  /** The old worker of a slot is gone, `after` ms; the operation that dismissed it may be over. */
  parted(op: string | undefined, slot: number, after: number): void {
    const record = this.known(op);
    const progress = record?.slots.find((one) => one.slot === slot);
    if (progress?.phase === 'draining') progress.phase = 'done';
    if (progress) progress.goneAfter = after;
  }

  /** The receipt of an operation that has ended changes while its old workers drain. */
  amend(op: string | undefined, receipt: Receipt | null): void {
    const record = this.records.find((one) => one.op === op && one.endedAt !== null);
    if (record) record.receipt = receipt;
  }

  /** The operation as it has ended; undefined when there is none of that name under way. */
  ended(
    op: string,
    end: { at: number; receipt: Receipt | null; failure: Failure | null; note: string | null },
  ): OperationStatus | undefined {
    const record = this.find(op);
    if (!record) return undefined;
    record.phase = end.failure ? 'failed' : 'done';
    record.startedAt ??= end.at;
    record.endedAt = end.at;
    record.paused = false;
    record.receipt = end.receipt;
    record.failure = end.failure;
    record.note = end.note;
    for (const one of record.slots) {
      if (end.failure === null) one.phase = 'done';
      else if (one.slot === end.failure.slot) one.phase = 'failed';
      else if (one.phase === 'starting') one.phase = 'waiting';
    }
    const past = this.records.filter(({ endedAt }) => endedAt !== null);
    for (const old of past.slice(0, Math.max(0, past.length - KEEP))) this.records.splice(this.records.indexOf(old), 1);
    return record;
  }

  /** One that is shown, whether it has ended or not. */
  private known(op: string | undefined): Story | undefined {
    return this.records.find((record) => record.op === op);
  }

  /** One that has not ended. */
  private find(op: string): Story | undefined {
    return this.records.find((record) => record.op === op && record.endedAt === null);
  }
}

function shownCanary({ slots, percent, until, old, fresh, verdict, reason }: Canary): CanaryStatus {
  return { workers: slots, percent, until: until && toWall(until), old, fresh, verdict, reason };
}
