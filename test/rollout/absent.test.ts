// Workers that a master before knew, and the next one does not find.
import { describe, expect, test } from 'vitest';
import type { CanaryPlan } from '../../daemon/protocol/model.ts';
import type { Policy } from '../../daemon/rollout/types.ts';
import { Stage } from './stage.ts';

const DEAD = 'an unknown exit code while no master was there';
const CANARY: CanaryPlan = {
  share: { unit: 'count', value: 1 },
  bake: 10_000,
  maxErrorRate: 0.01,
  maxLatencyRatio: 2,
  minRequests: 100,
};

/** An app of two workers, brought to where its master dies. */
function staged(policy: Partial<Policy>, ...acts: readonly ((app: Stage) => void)[]): Stage {
  const app = Stage.serving(2, policy);
  for (const act of acts) act(app);
  return app;
}

const reload = (app: Stage): void => void app.ask('reload');
const listening =
  (...workers: number[]) =>
  (app: Stage): void =>
    void app.listening(...workers);

type Row = [name: string, app: () => Stage, absent: number, then: string[], workers: string[]];

describe('one that was starting is started anew, and the operation that wants it goes on', () => {
  test.each<Row>([
    ['after a crash', () => staged({}, (app) => app.exit(1)), 3, ['fork #4 0/1'], ['#2 1/1 online', '#4 0/1 starting']],
    [
      'in a rolling reload',
      () => staged({}, reload),
      3,
      ['fork #4 0/2'],
      ['#1 0/1 online', '#2 1/1 online', '#4 0/2 starting'],
    ],
    [
      'in the second slot of one',
      () => staged({}, reload, listening(3)),
      4,
      ['fork #5 1/2'],
      ['#1 0/1 draining', '#2 1/1 online', '#3 0/2 online', '#5 1/2 starting'],
    ],
    [
      'in a blue-green one',
      () => staged({ strategy: 'blue-green' }, reload, listening(3)),
      4,
      ['fork #5 1/2'],
      ['#1 0/1 online', '#2 1/1 online', '#3 0/2 standby', '#5 1/2 starting'],
    ],
    [
      'as a canary',
      () => staged({ strategy: 'canary', canary: CANARY }, reload),
      3,
      ['fork #4 0/2'],
      ['#1 0/1 online', '#2 1/1 online', '#4 0/2 starting'],
    ],
    [
      'in a rehearsal',
      () => staged({}, (app) => app.ask('rehearse')),
      3,
      ['fork #4 2/2'],
      ['#1 0/1 online', '#2 1/1 online', '#4 2/2 starting'],
    ],
    [
      'in a replacement',
      () => staged({}, (app) => app.ask('replace', { slot: 1 })),
      3,
      ['fork #4 1/1'],
      ['#1 0/1 online', '#2 1/1 online', '#4 1/1 starting'],
    ],
    [
      'when it scaled up',
      () => staged({}, (app) => app.ask('scale', { instances: 3 })),
      3,
      ['fork #4 2/1'],
      ['#1 0/1 online', '#2 1/1 online', '#4 2/1 starting'],
    ],
    [
      'in a restart, where nothing else serves',
      () =>
        staged(
          {},
          (app) => app.ask('restart'),
          (app) => app.idle(1),
          (app) => app.gone(1),
        ),
      3,
      ['fork #4 0/2'],
      ['#2 1/1 draining', '#4 0/2 starting'],
    ],
    [
      'on the way back',
      () =>
        staged(
          {},
          reload,
          listening(3),
          (app) => app.exit(1),
          (app) => app.control('abort'),
        ),
      5,
      ['fork #6 0/1'],
      ['#2 1/1 online', '#3 0/2 online', '#4 1/2 stopping', '#6 0/1 starting'],
    ],
  ])('%s', (_, begin, absent, then, workers) => {
    const app = begin();
    const { restarts, slots, operation } = app.machine;
    app.masterless(700);
    expect(app.absent(absent)).toEqual(then);
    expect(app.workers).toEqual(workers);
    // Nothing is counted, and nothing has failed.
    expect(app.machine.restarts).toBe(restarts);
    expect(app.machine.slots).toEqual(slots);
    expect(app.machine.operation).toEqual(operation);
  });

  test('as often as it takes', () => {
    const app = staged({ maxRestarts: 0 }, reload);
    for (let worker = 3; worker < 50; worker += 1) expect(app.absent(worker)).toEqual([`fork #${worker + 1} 0/2`]);
    expect(app.listening(50)).toEqual(['admit #50', 'drain #1 hand-over', 'fork #51 1/2']);
  });

  test('at a first start', () => {
    const app = new Stage();
    app.ask('start');
    expect(app.absent(1)).toEqual(['fork #2 0/1']);
    expect(app.listening(2)).toEqual(['admit #2', 'end start done']);
  });

  test('with the whole time of its own', () => {
    const app = staged({ listenTimeout: 10_000 }, reload);
    app.masterless(60_000);
    expect(app.absent(3)).toEqual(['fork #4 0/2']);
    expect(app.wait(9_999)).toEqual([]);
    expect(app.listening(4)[0]).toBe('admit #4');
  });
});

describe('one that served has died', () => {
  test.each<Row>([
    ['at rest', () => staged({}), 1, ['fork #3 0/1'], ['#2 1/1 online', '#3 0/1 starting']],
    [
      'in a slot that waits for its reload',
      () => staged({}, reload),
      2,
      ['fork #4 1/1'],
      ['#1 0/1 online', '#3 0/2 starting', '#4 1/1 starting'],
    ],
    ['in the slot that is reloaded', () => staged({}, reload), 1, [], ['#2 1/1 online', '#3 0/2 starting']],
    [
      'of new code that has taken over',
      () => staged({}, reload, listening(3)),
      3,
      ['fork #5 0/2'],
      ['#1 0/1 draining', '#2 1/1 online', '#4 1/2 starting', '#5 0/2 starting'],
    ],
    [
      'before a blue-green switch',
      () => staged({ strategy: 'blue-green' }, reload, listening(3)),
      2,
      [],
      ['#1 0/1 online', '#3 0/2 standby', '#4 1/2 starting'],
    ],
  ])('%s', (_, begin, absent, then, workers) => {
    const app = begin();
    const { restarts } = app.machine;
    expect(app.absent(absent)).toEqual(then);
    expect(app.workers).toEqual(workers);
    expect(app.machine.restarts).toBe(restarts + 1);
  });

  test('all of them at once: each comes back', () => {
    const app = staged({});
    expect(app.absent(1, 2)).toEqual(['fork #3 0/1', 'fork #4 1/1']);
    expect(app.listening(3, 4)).toEqual(['admit #3', 'admit #4']);
    expect(app.state).toBe('online');
  });

  test('again and again it is given up, as in any other case', () => {
    const app = staged({ maxRestarts: 1, minUptime: 1_000 });
    app.absent(1);
    app.listening(3);
    expect(app.absent(3)).toEqual([]);
    expect(app.machine.slots[0]!.givenUp).toContain(DEAD);
  });

  test('also where good ends are no deaths: nobody knows how it ended', () => {
    const app = staged({ autorestart: false, stopExitCodes: [0] });
    app.absent(1);
    expect(app.machine.slots[0]).toMatchObject({ finished: false, givenUp: expect.stringContaining(DEAD) as string });
  });
});

describe('new code on trial', () => {
  test('within min_ready: the old worker is taken back', () => {
    const app = staged({ minReady: 3_000 }, reload, listening(3));
    app.empty(1);
    app.masterless(400);
    expect(app.absent(3)).toEqual([
      'readmit #1',
      `end reload failed: the new worker ended with ${DEAD}, 0.4s after it took over`,
    ]);
    expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 online']);
  });

  test('together with the old worker that was kept: the old code is started anew', () => {
    const app = staged({ minReady: 3_000 }, reload, listening(3));
    app.empty(1);
    expect(app.absent(1)).toEqual([]);
    expect(app.absent(3)).toEqual(['fork #4 0/1']);
    expect(app.listening(4)).toEqual(['admit #4', expect.stringMatching(/^end reload failed/)]);
    expect(app.workers).toEqual(['#2 1/1 online', '#4 0/1 online']);
  });

  test('a worker that waits for the switch of blue-green: none was let in, and all go', () => {
    const app = staged({ strategy: 'blue-green' }, reload, listening(3));
    expect(app.absent(3)).toEqual([
      'signal #4',
      `end reload failed: the new worker ended with ${DEAD} while it waited for the others`,
    ]);
    expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 online', '#4 1/2 stopping']);
  });

  test('a canary that serves has failed', () => {
    const app = staged({ strategy: 'canary', canary: CANARY }, reload, listening(3));
    app.empty(1);
    app.masterless(1_000);
    expect(app.absent(3)).toEqual([
      'readmit #1',
      `end reload failed: the new worker ended with ${DEAD}, 1s after it took over`,
    ]);
  });
});

describe('one that was leaving is gone', () => {
  test.each<[name: string, app: () => Stage, absent: number]>([
    ['draining, at leisure', () => staged({}, reload, listening(3)), 1],
    ['draining, and kept', () => staged({ minReady: 3_000 }, reload, listening(3)), 1],
    ['kept, without connections', () => staged({ minReady: 3_000 }, reload, listening(3), (app) => app.empty(1)), 1],
    ['stopping', () => staged({}, reload, listening(3), (app) => app.empty(1)), 1],
    ['of a slot too many', () => staged({}, (app) => app.ask('scale', { instances: 1 })), 2],
  ])('%s', (_, begin, absent) => {
    const app = begin();
    const { restarts, slots } = app.machine;
    const others = app.workers.filter((worker) => !worker.startsWith(`#${absent} `));
    expect(app.absent(absent).filter((line) => !line.startsWith('end '))).toEqual([]);
    expect(app.workers).toEqual(others);
    expect(app.machine.restarts).toBe(restarts);
    expect(app.machine.slots).toEqual(slots.slice(0, app.machine.instances));
  });

  test('a stop is done when the last is', () => {
    const app = staged({}, (one) => one.ask('stop'));
    expect(app.absent(1)).toEqual([]);
    expect(app.absent(2)).toEqual(['end stop done']);
    expect(app.state).toBe('stopped');
  });

  test('a reload is done when it was the last that was waited for', () => {
    const app = staged({}, reload, listening(3, 4));
    expect(app.absent(1)).toEqual([]);
    expect(app.absent(2)).toEqual(['end reload done']);
  });
});

test('nobody’s time is up before what it has said meanwhile is heard', () => {
  const app = staged({ surge: { unit: 'count', value: 2 }, listenTimeout: 10_000 }, reload);
  app.masterless(15_000);
  expect(app.absent(3)).toEqual(['fork #5 0/2']);
  expect(app.listening(4)).toEqual(['admit #4', 'drain #2 hand-over']);
});

test('one that nobody knows is no news', () => {
  const app = staged({});
  expect(app.absent(77)).toEqual([]);
  expect(app.workers).toEqual(['#1 0/1 online', '#2 1/1 online']);
});
