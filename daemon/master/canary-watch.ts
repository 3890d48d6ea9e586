// Gives new code that is tried out its part of the connections, and counts what both codes answer meanwhile.
import { countsOfBoth, countsSince, NO_ANSWERS, quantile, type AnswerCounts } from '../protocol/answer-times.ts';
import type { Cohort } from '../protocol/model.ts';
import type { HandOut } from './hand-out.ts';
import type { Loop } from './loop.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';

type Handles = ReadonlyMap<number, WorkerHandle>;

export class CanaryWatch {
  private readonly handOut: HandOut;
  private readonly handles: Handles;
  private readonly loop: Loop;
  /** The rollout whose answers are counted, and what each worker had answered before. */
  private op: string | null = null;
  private before = new Map<number, AnswerCounts>();
  /** What workers have answered since, which are not there any more. */
  private gone = { old: NO_ANSWERS, fresh: NO_ANSWERS };

  constructor(handOut: HandOut, handles: Handles, loop: Loop) {
    this.handOut = handOut;
    this.handles = handles;
    this.loop = loop;
  }

  /** The machine has changed: connections are divided as long as a canary is on trial. */
  follow(): void {
    const { operation } = this.loop.machine;
    this.handOut.preferred = operation?.returning ? operation.from : (operation?.to ?? this.loop.machine.generation);
    const { canary } = operation ?? {};
    const isTried = canary && canary.verdict !== 'pass' && operation?.returning === null;
    this.handOut.divide(isTried ? { generation: operation.to, percent: canary.percent } : null);
    const op = isTried && canary.until !== null ? operation.request.op : null;
    if (op !== null && op !== this.op) this.begin();
    this.op = op;
  }

  /** A second has passed. */
  measure(): void {
    if (this.op === null) return;
    const { old, fresh } = this.counts();
    this.loop.dispatch({ type: 'measured', old: cohortOf(old), fresh: cohortOf(fresh) });
  }

  /** A worker has ended: what it answered still counts. */
  ended(handle: WorkerHandle): void {
    if (this.op === null) return;
    const side = this.sideOf(handle);
    this.gone[side] = countsOfBoth(this.gone[side], this.since(handle));
    this.before.set(handle.id, handle.answered);
  }

  private begin(): void {
    this.gone = { old: NO_ANSWERS, fresh: NO_ANSWERS };
    this.before = new Map([...this.handles.values()].map(({ id, answered }) => [id, answered]));
  }

  private counts(): { old: AnswerCounts; fresh: AnswerCounts } {
    const sums = { ...this.gone };
    for (const handle of this.handles.values()) {
      const side = this.sideOf(handle);
      sums[side] = countsOfBoth(sums[side], this.since(handle));
    }
    return sums;
  }

  private since({ id, answered }: WorkerHandle): AnswerCounts {
    return countsSince(answered, this.before.get(id) ?? NO_ANSWERS);
  }

  private sideOf({ generation }: WorkerHandle): 'old' | 'fresh' {
    return generation === this.loop.machine.operation?.to ? 'fresh' : 'old';
  }
}

function cohortOf({ requests, errors, times }: AnswerCounts): Cohort {
  const latency = quantile(times, 0.95);
  return { requests, errors, latency: latency === null ? null : Math.round(latency) };
}
