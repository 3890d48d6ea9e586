import { describe, expect, test } from 'vitest';
import type { CanaryPlan, Cohort } from '../../daemon/protocol/model.ts';
import type { Policy } from '../../daemon/rollout/types.ts';
import { POLICY, Stage } from './stage.ts';

const PLAN: CanaryPlan = {
  share: { unit: 'count', value: 1 },
  bake: 10_000,
  maxErrorRate: 0.01,
  maxLatencyRatio: 2,
  minRequests: 100,
};
const FINE: Cohort = { requests: 400, errors: 0, latency: 10 };

/** The old workers of these slots have no connection left. */
function emptied(app: Stage, ...workers: number[]): string[] {
  return app.empty(...workers);
}

describe('rolling', () => {
  test.each<[Policy['surge'], number, number]>([
    [{ unit: 'count', value: 1 }, 4, 1],
    [{ unit: 'count', value: 3 }, 4, 3],
    [{ unit: 'count', value: 9 }, 4, 4],
    [{ unit: 'percent', value: 25 }, 4, 1],
    [{ unit: 'percent', value: 50 }, 5, 3],
    [{ unit: 'percent', value: 1 }, 4, 1],
  ])('with a surge of %o, of %i workers %i are replaced at once', (surge, instances, forks) => {
    const app = Stage.serving(instances, { surge });
    expect(app.ask('reload').filter((line) => line.startsWith('fork'))).toHaveLength(forks);
  });

  test('the next slot waits for min_ready; the old worker is kept until then', () => {
    const app = Stage.serving(2, { minReady: 3_000 });
    app.ask('reload');
    expect(app.listening(3)).toEqual(['admit #3', 'drain #1 hand-over, kept']);
    expect(emptied(app, 1)).toEqual([]);
    expect(app.workers).toContain('#1 0/1 standby');
    expect(app.wait(2_999)).toEqual([]);
    expect(app.wait(1)).toEqual(['+1 fork #4 1/2', '+1 signal #1']);
    app.gone(1);
    app.listening(4);
    expect(app.wait(3_000).at(-1)).toBe('+3000 drain #2 hand-over');
    app.empty(2);
    expect(app.gone(2)).toEqual(['end reload done']);
  });

  test('new code that dies within min_ready: the old worker is taken back at once', () => {
    const app = Stage.serving(1, { minReady: 3_000 });
    app.ask('reload');
    app.listening(2);
    app.empty(1);
    app.wait(400);
    expect(app.exit(2)).toEqual([
      'readmit #1',
      'end reload failed: the new worker ended with code 1, 0.4s after it took over',
    ]);
    expect(app.workers).toEqual(['#1 0/1 online']);
    expect(app.wakesIn).toBeNull();
  });

  test('also one that still drains', () => {
    const app = Stage.serving(1, { minReady: 3_000 });
    app.ask('reload');
    app.listening(2);
    expect(app.exit(2)[0]).toBe('readmit #1');
    expect(app.empty(1)).toEqual([]);
    expect(app.workers).toEqual(['#1 0/1 online']);
  });

  test('one that was kept, and still drains when its successor is proved, drains on in the usual way', () => {
    const app = Stage.serving(1, { minReady: 1_000 });
    app.ask('reload');
    app.listening(2);
    expect(app.wait(1_000)).toEqual(['+1000 drain #1 hand-over']);
    expect(app.wait(31_000)).toEqual(['+5000 end reload done', '+30000 signal #1']);
  });

  test('is not done within progress_deadline: it goes back', () => {
    const app = Stage.serving(2, { progressDeadline: 12_000, listenTimeout: 10_000 });
    app.ask('reload');
    app.wait(5_000);
    app.listening(3);
    app.empty(1);
    app.gone(1);
    expect(app.wait(7_000)).toEqual(['+7000 signal #4', '+7000 fork #5 0/1']);
    expect(app.listening(5).at(-1)).toBe('end reload failed: it was not done within 12s (progress_deadline)');
  });

  test('the time of a pause does not count', () => {
    const app = Stage.serving(2, { progressDeadline: 12_000 });
    app.ask('reload');
    app.control('pause');
    app.listening(3);
    expect(app.wait(3_600_000).filter((line) => line.includes('end'))).toEqual([]);
    app.control('resume');
    app.listening(4);
    app.empty(1, 2);
    app.gone(1);
    expect(app.gone(2)).toEqual(['end reload done']);
  });
});

describe('health', () => {
  test('a new worker is admitted when it listens and is healthy, whichever comes first', () => {
    const app = new Stage({ probed: true }, 2);
    app.ask('start');
    expect(app.listening(1)).toEqual([]);
    expect(app.checked('GET /healthz answered 503', 1)).toEqual([]);
    expect(app.checked(null, 1)).toEqual(['admit #1']);
    expect(app.checked(null, 2)).toEqual([]);
    expect(app.listening(2)).toEqual(['admit #2', 'end start done']);
  });

  test('with wait_ready all three are waited for', () => {
    const app = new Stage({ probed: true, waitReady: true });
    app.ask('start');
    app.listening(1);
    app.checked(null, 1);
    expect(app.ready(1)).toEqual(['admit #1', 'end start done']);
  });

  test('at its timeout the last bad answer is the reason, also of a first start', () => {
    const app = new Stage({ probed: true });
    app.ask('start');
    app.listening(1);
    app.checked('GET /healthz answered 500', 1);
    expect(app.wait(10_000)).toContain(
      '+10000 end start failed: the new worker did not pass its health check within 10s: GET /healthz answered 500',
    );
  });

  test('an app that is asked for its health has to listen', () => {
    const app = new Stage({ probed: true });
    app.ask('start');
    expect(app.wait(10_000).join()).toMatch(/did not listen on a port within 10s/);
  });

  test('a worker that uses too much before it is ready, or on trial, is refused; one that has proved itself is not', () => {
    const app = Stage.serving(2, { minReady: 1_000 });
    app.ask('reload');
    expect(app.exceeded(3, 'used too much (memory 200M, limit 100M)')).toEqual([
      'signal #3',
      'end reload failed: the new worker used too much (memory 200M, limit 100M)',
    ]);
    expect(app.exceeded(1, 'used too much')).toEqual([]);
  });
});

describe('blue-green', () => {
  const policy = { strategy: 'blue-green' } as const;

  test('all new ones are ready before any is let in, and all change in one turn; the old ones stay for bake', () => {
    const app = Stage.serving(2, { ...policy, bake: 30_000 });
    expect(app.ask('reload')).toEqual(['begin reload', 'fork #3 0/2', 'fork #4 1/2']);
    expect(app.listening(3)).toEqual(['standby #3']);
    expect(app.listening(4)).toEqual([
      'standby #4',
      'switch',
      'admit #3',
      'admit #4',
      'drain #1 hand-over, kept',
      'drain #2 hand-over, kept',
    ]);
    expect(app.empty(1, 2)).toEqual(['end reload done']);
    expect(app.workers).toEqual(['#1 0/1 standby', '#2 1/1 standby', '#3 0/2 online', '#4 1/2 online']);
    expect(app.wait(30_000)).toEqual(['+30000 signal #1', '+30000 signal #2']);
  });

  test('one that does not get ready: none was let in, and all go', () => {
    const app = Stage.serving(2, policy);
    app.ask('reload');
    app.listening(3);
    expect(app.exit(4)).toEqual([
      'signal #3',
      'end reload failed: the new worker ended with code 1 before it was ready',
    ]);
  });

  test('one that dies while it waits: likewise', () => {
    const app = Stage.serving(2, policy);
    app.ask('reload');
    app.listening(3);
    expect(app.exit(3)).toEqual([
      'signal #4',
      'end reload failed: the new worker ended with code 1 while it waited for the others',
    ]);
  });

  test('one that dies within min_ready after the change: the old ones are taken back at once', () => {
    const app = Stage.serving(2, { ...policy, minReady: 5_000 });
    app.ask('reload');
    app.listening(3, 4);
    app.empty(1, 2);
    expect(app.exit(3)).toEqual([
      'readmit #1',
      'readmit #2',
      'drain #4 hand-over',
      'end reload failed: the new worker ended with code 1, 0s after it took over',
    ]);
  });

  test('a pause holds the change back, and an abort before it undoes all', () => {
    const app = Stage.serving(2, policy);
    app.ask('reload');
    app.control('pause');
    expect(app.listening(3, 4)).toEqual(['standby #3', 'standby #4']);
    expect(app.control('resume').slice(0, 3)).toEqual(['switch', 'admit #3', 'admit #4']);
    const other = Stage.serving(2, policy);
    other.ask('reload');
    other.listening(3);
    expect(other.control('abort')).toEqual(['signal #3', 'signal #4', 'end reload failed: aborted']);
  });

  test('a rollback while the old ones are warm starts nothing', () => {
    const app = Stage.serving(2, { ...policy, bake: 30_000 });
    app.ask('reload');
    app.listening(3, 4);
    app.empty(1, 2);
    expect(app.ask('rollback')).toEqual([
      'begin rollback',
      'switch',
      'readmit #1',
      'readmit #2',
      'drain #3 hand-over, kept',
      'drain #4 hand-over, kept',
    ]);
    expect(app.empty(3, 4)).toEqual(['end rollback done', 'signal #3', 'signal #4']);
    expect(app.machine).toMatchObject({ generation: 1, previous: { generation: 2 } });
  });

  test('the next reload has no use for them', () => {
    const app = Stage.serving(1, { ...policy, bake: 30_000 });
    app.ask('reload');
    app.listening(2);
    app.empty(1);
    expect(app.ask('reload', { op: 'next' })).toEqual(['begin next', 'fork #3 0/3', 'signal #1']);
  });
});

describe('a canary', () => {
  const policy = { strategy: 'canary', canary: PLAN } as const;

  /** Four workers, of which one runs new code that is on trial. */
  function trying(plan: Partial<CanaryPlan> = {}): Stage {
    const app = Stage.serving(4, { ...policy, canary: { ...PLAN, ...plan } });
    app.ask('reload');
    app.listening(5);
    app.empty(1);
    return app;
  }

  test('serves in one slot, and nothing else happens until its time is up', () => {
    const app = trying();
    expect(app.machine.operation?.canary).toMatchObject({ slots: 1, percent: 25, verdict: null });
    expect(app.measured(FINE, FINE)).toEqual([]);
    expect(app.wait(9_999)).toEqual([]);
    expect(app.workers).toContain('#1 0/1 standby');
  });

  test('that does as well as the old code passes, and the other slots follow', () => {
    const app = trying();
    expect(app.wait(10_000)).toEqual([]);
    expect(app.measured(FINE, FINE)).toEqual(['fork #6 1/2', 'signal #1']);
    expect(app.machine.operation?.canary?.reason).toBe('0% errors of 400 requests, p95 10ms against 10ms');
  });

  test('whose answers are errors fails as soon as that is clear, and the old worker is taken back', () => {
    const app = trying();
    expect(app.measured(FINE, { requests: 99, errors: 99, latency: 1 })).toEqual([]);
    expect(app.measured(FINE, { requests: 100, errors: 5, latency: 1 })).toEqual([
      'readmit #1',
      'drain #5 hand-over',
      'end reload failed: the canary failed: 5% of 100 answers were errors, limit 1%; the old code 0% of 400',
    ]);
  });

  test('that dies on trial fails', () => {
    const app = trying();
    app.wait(2_000);
    expect(app.exit(5)).toEqual([
      'readmit #1',
      'end reload failed: the new worker ended with code 1, 2s after it took over',
    ]);
  });

  test('that was asked too little waits for a person, or for the deadline', () => {
    const few = { requests: 3, errors: 0, latency: 2 };
    const app = trying();
    app.wait(10_000);
    expect(app.measured(FINE, few)).toEqual([]);
    expect(app.wait(20_000)).toEqual([]);
    expect(app.machine.operation?.canary).toMatchObject({ verdict: 'inconclusive' });
    expect(app.control('resume', 'ann')).toEqual(['fork #6 1/2', 'signal #1']);
    const other = trying();
    other.wait(10_000);
    other.measured(FINE, few);
    expect(other.control('abort').slice(0, 2)).toEqual(['readmit #1', 'drain #5 hand-over']);
    const third = trying();
    third.wait(10_000);
    third.measured(FINE, few);
    expect(third.wait(700_000)).toContain('+600000 end reload failed: it was not done within 600s (progress_deadline)');
  });

  test('of several workers is judged when the last of them has served long enough', () => {
    const app = Stage.serving(4, {
      ...policy,
      surge: { unit: 'count', value: 2 },
      canary: { ...PLAN, share: { unit: 'percent', value: 50 } },
    });
    expect(app.ask('reload')).toEqual(['begin reload', 'fork #5 0/2', 'fork #6 1/2']);
    app.listening(5);
    app.wait(5_000);
    app.listening(6);
    app.wait(9_999);
    expect(app.measured(FINE, FINE)).toEqual([]);
    app.wait(1);
    expect(app.measured(FINE, FINE)[0]).toBe('fork #7 2/2');
  });

  test('has no place in an app of one worker, which is reloaded as usual', () => {
    const app = Stage.serving(1, policy);
    app.ask('reload');
    app.listening(2);
    expect(app.empty(1)).toEqual(['signal #1']);
  });
});

describe('room', () => {
  const figures = 'a worker has 90M, the machine has 100M left';

  test('for less than the surge: it is lowered, and the note says so', () => {
    const app = Stage.serving(4, { surge: { unit: 'count', value: 3 } });
    expect(app.ask('reload', { room: { workers: 1, figures } })).toEqual(['begin reload', 'fork #5 0/2']);
    expect(app.machine.operation?.note).toBe(`surge was 1 instead of 3: ${figures}`);
  });

  test.each([
    ['rolling', 0, 'one more worker'],
    ['blue-green', 3, '4 more workers'],
    ['canary', 0, 'one more worker'],
  ] as const)('%s with room for %i: refused', (strategy, workers, wanted) => {
    const app = Stage.serving(4, { strategy, canary: strategy === 'canary' ? PLAN : null });
    expect(app.ask('reload', { room: { workers, figures } })).toEqual([
      `end reload failed: there is no room for ${wanted}: ${figures}`,
    ]);
    expect(app.machine).toMatchObject({ generation: 1, lastGeneration: 1 });
  });

  test('does not matter to a restart, or in fork mode', () => {
    const none = { workers: 0, figures };
    expect(Stage.serving(1).ask('restart', { room: none })[0]).toBe('begin restart');
    expect(Stage.serving(1, { execMode: 'fork' }).ask('reload', { room: none })[0]).toBe('begin reload');
  });
});

test('new settings come with the strategy that they name', () => {
  const app = Stage.serving(2);
  app.ask('reload', { policy: { ...POLICY, strategy: 'blue-green' } });
  expect(app.machine.operation).toMatchObject({ strategy: 'blue-green', surge: 2 });
});
