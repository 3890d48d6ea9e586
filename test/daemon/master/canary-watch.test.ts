// Two codes answer at once. The state of the machine is in the test's hand; what is measured comes out as it is dispatched.
import { describe, expect, test } from 'vitest';
import { CanaryWatch } from '../../../daemon/master/canary-watch.ts';
import { HandOut } from '../../../daemon/master/hand-out.ts';
import type { Happening, Loop } from '../../../daemon/master/loop.ts';
import type { WorkerHandle } from '../../../daemon/master/workers/worker-handle.ts';
import { bucketOf, NO_ANSWERS, type AnswerCounts } from '../../../daemon/protocol/answer-times.ts';
import type { Cohort } from '../../../daemon/protocol/model.ts';
import type { Operation } from '../../../daemon/rollout/types.ts';

interface Worker {
  readonly id: number;
  readonly generation: number;
  answered: AnswerCounts;
  /** It has answered `count` more, `errors` of them with an error, each within `ms`. */
  answer(count: number, errors?: number, ms?: number): void;
}

function worker(id: number, generation: number): Worker {
  return {
    id,
    generation,
    answered: NO_ANSWERS,
    answer(count, errors = 0, ms = 10) {
      const times = this.answered.times.map((had, bucket) => had + (bucket === bucketOf(ms) ? count : 0));
      this.answered = { requests: this.answered.requests + count, errors: this.answered.errors + errors, times };
    },
  };
}

/** Of a canary with 25 percent that bakes; only what the watch reads. */
function trial(op: string, change: Partial<Operation> = {}, canary: Partial<Operation['canary']> = {}): Operation {
  const tried = { percent: 25, until: 60_000, verdict: null, ...canary };
  return { request: { op }, from: 1, to: 2, returning: null, canary: tried, ...change } as unknown as Operation;
}

function stage(...workers: readonly Worker[]) {
  const handles = new Map(workers.map((one) => [one.id, one]));
  const divisions: unknown[] = [];
  const told: { old: Cohort; fresh: Cohort }[] = [];
  const machine = { generation: 1, operation: null as Operation | null };
  const handOut = new HandOut(() => []);
  handOut.divide = (share) => void divisions.push(share);
  const loop = {
    machine,
    dispatch: (event: Extract<Happening, { type: 'measured' }>) => {
      expect(event.type).toBe('measured');
      told.push({ old: event.old, fresh: event.fresh });
    },
  };
  const watch = new CanaryWatch(
    handOut,
    handles as unknown as ReadonlyMap<number, WorkerHandle>,
    loop as unknown as Loop,
  );
  return {
    handOut,
    handles,
    machine,
    divisions,
    watch,
    run(operation: Operation | null): void {
      machine.operation = operation;
      watch.follow();
    },
    /** What is told after the next second, if anything is. */
    measured(): { old: Cohort; fresh: Cohort } | undefined {
      told.length = 0;
      watch.measure();
      return told[0];
    },
    ends(one: Worker): void {
      watch.ended(one as unknown as WorkerHandle);
      handles.delete(one.id);
    },
  };
}

describe('connections are divided', () => {
  test.each<[string, Operation | null, object | null]>([
    ['while the canary starts', trial('a', {}, { until: null }), { generation: 2, percent: 25 }],
    ['while it bakes', trial('a'), { generation: 2, percent: 25 }],
    ['while nobody can tell', trial('a', {}, { verdict: 'inconclusive' }), { generation: 2, percent: 25 }],
    ['not any more when it has passed', trial('a', {}, { verdict: 'pass' }), null],
    ['nor when it has failed', trial('a', { returning: { slot: null, worker: null, reason: 'bad' } }), null],
    ['nor by other rollouts', trial('a', { canary: null }), null],
    ['nor without one', null, null],
  ])('%s', (_, operation, division) => {
    const { run, divisions } = stage();
    run(operation);
    expect(divisions).toEqual([division]);
  });
});

test.each<[string, Operation | null, number]>([
  ['the new code while it takes over', trial('a'), 2],
  ['the old code on the way back', trial('a', { returning: { slot: null, worker: null, reason: 'bad' } }), 1],
  ['what runs otherwise', null, 7],
])('idle connections move to %s', (_, operation, generation) => {
  const { run, handOut, machine } = stage();
  machine.generation = 7;
  run(operation);
  expect(handOut.preferred).toBe(generation);
});

describe('answers are counted', () => {
  test('of both codes, from the moment in which all of the canary serves', () => {
    const [one, two, fresh] = [worker(1, 1), worker(2, 1), worker(3, 2)];
    const { run, measured } = stage(one, two, fresh);
    one.answer(1_000, 500, 900);
    fresh.answer(50, 50, 900);
    run(trial('a', {}, { until: null }));
    expect(measured()).toBeUndefined();
    fresh.answer(5, 5);
    run(trial('a'));
    const nothing = { requests: 0, errors: 0, latency: null };
    expect(measured()).toEqual({ old: nothing, fresh: nothing });
    one.answer(30, 1, 10);
    two.answer(10, 2, 10);
    fresh.answer(7, 3, 100);
    // Nothing begins anew by a change of the machine.
    run(trial('a'));
    expect(measured()).toEqual({
      old: { requests: 40, errors: 3, latency: 10 },
      fresh: { requests: 7, errors: 3, latency: 105 },
    });
  });

  test('also those of workers that have ended meanwhile, once', () => {
    const [one, two, fresh] = [worker(1, 1), worker(2, 1), worker(3, 2)];
    const at = stage(one, two, fresh);
    one.answer(100, 100);
    fresh.answer(100, 100);
    at.run(trial('a'));
    one.answer(5, 1);
    fresh.answer(3, 2);
    // It is still in the list when its end is told.
    at.watch.ended(one as unknown as WorkerHandle);
    expect(at.measured()?.old).toMatchObject({ requests: 5, errors: 1 });
    at.ends(fresh);
    at.handles.delete(1);
    two.answer(10);
    expect(at.measured()).toMatchObject({ old: { requests: 15, errors: 1 }, fresh: { requests: 3, errors: 2 } });
  });

  test('and those of workers that have come meanwhile, from their first', () => {
    const [one, fresh] = [worker(1, 1), worker(3, 2)];
    const at = stage(one, fresh);
    at.run(trial('a'));
    fresh.answer(3, 3);
    at.ends(fresh);
    const [next, back] = [worker(4, 2), worker(5, 1)];
    at.handles.set(4, next).set(5, back);
    next.answer(4, 1);
    back.answer(2);
    expect(at.measured()).toMatchObject({ old: { requests: 2, errors: 0 }, fresh: { requests: 7, errors: 4 } });
  });

  test('also while nobody can tell, until somebody decides', () => {
    const [one, fresh] = [worker(1, 1), worker(3, 2)];
    const { run, measured } = stage(one, fresh);
    run(trial('a'));
    fresh.answer(2);
    run(trial('a', {}, { verdict: 'inconclusive' }));
    fresh.answer(2);
    expect(measured()?.fresh.requests).toBe(4);
    run(trial('a', {}, { verdict: 'pass' }));
    expect(measured()).toBeUndefined();
  });

  test('of the next rollout anew', () => {
    const [one, two, fresh] = [worker(1, 1), worker(2, 1), worker(3, 2)];
    const at = stage(one, two, fresh);
    at.run(trial('a'));
    one.answer(10, 10);
    two.answer(10, 10);
    fresh.answer(10, 10);
    at.ends(two);
    at.run(null);
    expect(at.measured()).toBeUndefined();
    // Nobody counts, and an end now belongs to no rollout.
    fresh.answer(5);
    at.ends(fresh);
    const next = worker(4, 3);
    at.handles.set(4, next);
    at.run(trial('b', { to: 3 }));
    one.answer(1);
    next.answer(2);
    expect(at.measured()).toMatchObject({ old: { requests: 1, errors: 0 }, fresh: { requests: 2, errors: 0 } });
  });

  test('of one that follows at once, too', () => {
    const [one, fresh] = [worker(1, 1), worker(3, 2)];
    const at = stage(one, fresh);
    at.run(trial('a'));
    one.answer(10);
    fresh.answer(10);
    at.run(trial('b'));
    fresh.answer(1);
    expect(at.measured()).toMatchObject({ old: { requests: 0 }, fresh: { requests: 1 } });
  });
});
