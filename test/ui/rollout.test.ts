import { describe, expect, test } from 'vitest';
import type { AppSpec, CanaryStatus, OperationStatus, Series, SlotProgress } from '../../daemon/protocol/model.ts';
import { timeLeft } from '../../ui/screens/rollout-bar.ts';
import { strategyWords } from '../../ui/screens/rollout-strategy.ts';
import { connectionSeries } from '../../ui/screens/rollout-traffic.ts';
import { paintBody } from '../../ui/screens/body.ts';
import type { DashState } from '../../ui/state/state.ts';
import { anOperation, aSlot, aWorker, NOW, plainTheme, RECEIPT } from './samples.ts';
import { CANARY, ROLLOUTS } from './rollout-scenes.ts';
import { onRollout, onScreen } from './scenes.ts';
import { API, RELOAD } from './shop.ts';

function frame(state: DashState, width = 100, height = 29): string {
  return paintBody({ ...state, columns: width, rows: height + 1 }, width, height, plainTheme()).join('\n');
}

/** The row of a slot in the table of slots. */
function slotRow(slot: SlotProgress, operation: Partial<OperationStatus> = {}): string {
  const text = frame(onRollout({ slots: [aSlot(7, 'done', 1000), slot], ...operation }));
  return text.split('\n').find((row) => row.startsWith(`  ${slot.slot}  `)) ?? '';
}

describe('the time that is left', () => {
  const starting = aWorker(1, 2, { pid: 99, startedAt: NOW - 400 });
  const begun = { ...aSlot(2, 'starting'), newPid: 99 };
  test.each<readonly [what: string, slots: readonly SlotProgress[], left: number | null]>([
    ['nothing to judge by', [aSlot(0, 'starting'), aSlot(1, 'waiting')], null],
    ['as long for each as for those that are done', [aSlot(0, 'done', 1000), aSlot(1, 'waiting')], 1000],
    ['the mean of them', [aSlot(0, 'done', 1000), aSlot(1, 'draining', 3000), aSlot(2, 'waiting')], 2000],
    ['what has begun is that much shorter', [aSlot(0, 'done', 1000), begun, aSlot(3, 'waiting')], 1600],
    ['all are done', [aSlot(0, 'done', 1000)], null],
  ])('%s', (_, slots, left) => {
    expect(timeLeft({ ...API, workers: [starting] }, anOperation({ slots }), NOW)).toBe(left);
  });

  test('what starts together, and what has to prove itself', () => {
    const slots = [aSlot(0, 'done', 1000), begun, aSlot(3, 'waiting')];
    const left = (spec: Partial<AppSpec>, operation: Partial<OperationStatus> = {}): number | null => {
      const app = { ...API, spec: { ...API.spec, ...spec }, workers: [starting] };
      return timeLeft(app, anOperation({ slots, ...operation }), NOW);
    };
    expect(left({ surge: { unit: 'count', value: 2 } })).toBe(800);
    expect(left({ surge: { unit: 'percent', value: 70 } })).toBe(800);
    expect(left({}, { strategy: 'blue-green' })).toBe(800);
    expect(left({ minReady: 5000 })).toBe(11_600);
    expect(left({}, { canary: CANARY })).toBeNull();
    expect(left({}, { canary: { ...CANARY, verdict: 'pass' } })).toBe(1600);
  });

  test('a worker that takes longer than the others does not make it negative', () => {
    const slow = { ...starting, startedAt: NOW - 60_000 };
    expect(timeLeft({ ...API, workers: [slow] }, anOperation({ slots: [aSlot(0, 'done', 1000), begun] }), NOW)).toBe(0);
  });
});

describe('connections, divided into old and new', () => {
  const series = (connections: readonly (number | null)[]): Series => ({
    connections,
    cpu: [],
    memory: [],
    requests: [],
    lag: [],
    latency: [],
  });
  const past = {
    name: 'api',
    at: NOW,
    total: series([400, 400, null, 410, 420]),
    workers: [
      { id: 1, ...series([400, 300, 200, 110, 10]) },
      { id: 2, ...series([200, 300, 380]) },
      { id: 3, ...series([30]) },
    ],
  };

  test('old is what the new ones do not have', () => {
    const expected = { old: [400, 400, null, 110, 10], fresh: [0, 0, null, 300, 410] };
    expect(connectionSeries(past, new Set([2, 3]), 60)).toEqual(expected);
  });

  test('the last ones', () => {
    expect(connectionSeries(past, new Set([2, 3]), 2)).toEqual({ old: [110, 10], fresh: [300, 410] });
  });

  test('nothing is known', () => {
    expect(connectionSeries(undefined, new Set([2]), 9)).toEqual({ old: [], fresh: [] });
    expect(connectionSeries(past, new Set([2]), 0)).toEqual({ old: [], fresh: [] });
  });
});

describe('what a slot waits for', () => {
  const draining = { ...aSlot(2, 'draining', 1398), oldPid: 41_002, newPid: 48_262 };
  test.each<readonly [what: string, row: string, words: RegExp]>([
    ['the next one', slotRow({ ...aSlot(3, 'waiting'), oldPid: 41_003 }), /● online +41003 +· waiting +- +- {2}next$/],
    ['paused', slotRow({ ...aSlot(3, 'waiting'), oldPid: 41_003 }, { paused: true }), / {2}paused$/],
    ['a start', slotRow({ ...aSlot(3, 'starting'), newPid: 48_281 }), /◐ starting +48281 +0s… +- {2}waiting for ready/],
    ['connections', slotRow(draining), /◑ draining +41002 +● online +48262 +1.4s +5s… {2}9 conns, 24s of 30s left$/],
    ['the old worker is gone', slotRow({ ...draining, oldPid: 1, goneAfter: 90 }), /✓ gone +1 .* 90ms {2}took over 12/],
    ['no old worker', slotRow({ ...draining, oldPid: null }), /- none +● online/],
    ['the new one is gone, too', slotRow({ ...aSlot(3, 'done', 1), newPid: 1 }), /○ gone +1 .*took over$/],
    [
      'it failed',
      slotRow(
        { ...aSlot(3, 'failed'), oldPid: 41_003, newPid: 1 },
        {
          phase: 'failed',
          endedAt: NOW,
          failure: { slot: 3, reason: 'not ready within 10s', lines: [] },
        },
      ),
      /● online +41003 +✖ failed +1 +- +- {2}not ready within 10s$/,
    ],
    [
      'the rest of a failed one',
      slotRow({ ...aSlot(3, 'waiting'), oldPid: 41_003 }, { phase: 'failed', endedAt: NOW }),
      /● online +41003 +- none +- +- {2}keeps generation 16$/,
    ],
  ])('%s', (_, row, words) => {
    expect(row.trimEnd()).toMatch(words);
  });

  test('a first start has no old workers to show', () => {
    const slots = [{ ...aSlot(0, 'starting'), oldPid: null }];
    expect(frame(onRollout({ kind: 'start', from: 0, to: 1, slots }))).not.toContain('OLD');
  });
});

describe('the end', () => {
  const ended = (operation: Partial<OperationStatus>): string =>
    frame(onRollout({ endedAt: NOW, startedAt: NOW - 14_200, ...operation }));

  test('done, with what became of the connections', () => {
    const text = ended({ phase: 'done', receipt: { ...RECEIPT, open: 0 } });
    expect(text).toContain(' ✓ done in 14.2s   4/4 replaced   0 cut   131 connections moved');
    expect(text).not.toContain('█ ');
    expect(text).not.toContain('you can leave');
  });

  test('refused at once', () => {
    const failure = { slot: 0, reason: 'not ready within 10s', lines: ["Error: Cannot find module 'x'"] };
    const slots = [aSlot(0, 'failed'), aSlot(1, 'waiting')];
    const text = ended({ phase: 'failed', failure, slots, receipt: { ...RECEIPT, replaced: 0 } });
    expect(text).toContain(' ✖ failed after 14.2s  slot 0: not ready within 10s');
    expect(text).toContain("   ┊ Error: Cannot find module 'x'");
    expect(text).toContain('Nothing was replaced: generation 16 keeps serving.');
  });

  test('paused, and who may go on', () => {
    expect(frame(onRollout({ paused: true }))).toContain(
      ' PAUSED  3 of 4 replaced, both generations serve   P goes on, A aborts',
    );
    expect(frame({ ...onRollout({ paused: true }), readOnly: true })).not.toContain('P goes on');
  });

  test('a note', () => {
    expect(ended({ phase: 'done', note: 'it listens on no port' })).toContain(' it listens on no port');
  });
});

describe('a rollout that goes back', () => {
  const scene = (name: string, more: Partial<OperationStatus> = {}): string => {
    const { operation, app } = ROLLOUTS[name]!;
    return frame(onRollout({ ...operation, ...more }, app));
  };

  test('says why, how far it is, and which slots are back', () => {
    const text = scene('rollout, going back');
    expect(text).toContain(' going back: slot 1: exit code 1 before it was ready');
    expect(text).toContain('75% back   9s so far');
    expect(text).toContain('3 of 4 back');
    expect(text).toMatch(/0 {2}◐ starting +49000 +● online .* waiting for ready, 9s left/);
    expect(text).toMatch(/2 {2}● online +41002 .* keeps generation 16/);
  });

  test('and says at the end that it is back', () => {
    const text = scene('rollout, rolled back');
    expect(text).toContain(' ✖ ROLLED BACK: slot 1: exit code 1 before it was ready   after 8.7s');
    expect(text).toContain(' Every slot is back: generation 16 serves.');
    expect(text).toMatch(/0 {2}● online +49000 .* back on generation 16/);
  });

  test('of all at once nothing had served', () => {
    const failure = { slot: 3, reason: 'not ready within 10s', lines: [] };
    const text = scene('rollout, blue-green', {
      phase: 'failed',
      endedAt: NOW,
      failure,
      receipt: { ...RECEIPT, replaced: 0 },
    });
    expect(text).toContain(' ✖ failed after 9.2s  slot 3: not ready within 10s');
    expect(text).toContain('Nothing was replaced: generation 16 keeps serving.');
  });
});

describe('a canary', () => {
  const scene = (canary: Partial<CanaryStatus>, width = 120): string => {
    const { operation, app } = ROLLOUTS['rollout, canary']!;
    return frame(onRollout({ ...operation, canary: { ...CANARY, ...canary } }, app), width);
  };

  test('both codes in the same columns', () => {
    const [titles, old, fresh] = scene({}).split('\n').slice(5, 8);
    expect(titles).toBe(' CANARY                       REQUESTS      ERRORS        RATE         P95   12s of 1m left');
    expect(old?.trimEnd()).toBe('   old g16                      12,040           3       0.02%        12ms');
    expect(fresh?.trimEnd()).toBe('   new g17, 1 worker, 25%          310           2       0.65%        14ms');
  });

  test.each<[string, Partial<CanaryStatus>, RegExp]>([
    ['its workers start', { until: null }, /CANARY .* its workers start$/m],
    ['too few requests so far', { fresh: { requests: 31, errors: 0, latency: 9 } }, / left, 31 of 100 requests$/m],
    ['nothing was asked yet', { fresh: { requests: 0, errors: 0, latency: null } }, /25% +0 +0 +- +-$/m],
    ['a verdict', { verdict: 'fail', reason: '4.2% errors, at most 1%' }, /^ {3}✖ failed: 4.2% errors, at most 1%$/m],
    ['a good one', { verdict: 'pass', reason: null }, /^ {3}✓ passed$/m],
  ])('%s', (_, canary, words) => {
    const rows = scene(canary).split('\n');
    expect(rows.map((row) => row.trimEnd()).join('\n')).toMatch(words);
  });

  test.each<[string, Partial<CanaryStatus>, boolean]>([
    ['within its bounds', {}, false],
    ['too many errors', { fresh: { requests: 100, errors: 2, latency: 12 } }, true],
    ['too slow', { fresh: { requests: 310, errors: 2, latency: 24 } }, true],
    ['nothing to compare with', { old: { requests: 0, errors: 0, latency: null } }, false],
  ])('is marked before there is a verdict: %s', (_, canary, marked) => {
    const { operation, app } = ROLLOUTS['rollout, canary']!;
    const state = onRollout({ ...operation, canary: { ...CANARY, ...canary } }, app);
    const rows = paintBody({ ...state, columns: 120, rows: 30 }, 120, 29, plainTheme({ color: true, styles: true }));
    expect(rows.find((row) => row.includes('new g17, 1 worker'))?.includes('\u001B[1;33m')).toBe(marked);
  });

  test('that is inconclusive waits for a person', () => {
    const { operation, app } = ROLLOUTS['rollout, canary inconclusive']!;
    const state = onRollout(operation, app);
    expect(frame(state)).toContain(' INCONCLUSIVE  1 new worker stays   P goes on, A goes back');
    expect(frame({ ...state, readOnly: true })).not.toContain('P goes on');
  });

  test('is one line where there are few', () => {
    const { operation, app } = ROLLOUTS['rollout, canary']!;
    expect(frame(onRollout(operation, app), 120, 10)).toContain(
      ' 1 worker, 25% of new connections; new 310 requests, 2',
    );
  });
});

describe('the strategy, in as many words as there is room for', () => {
  const words = (name: string, spec: Partial<AppSpec> = {}, more: Partial<OperationStatus> = {}): readonly string[] => {
    const { operation, app } = ROLLOUTS[name] ?? { operation: {}, app: {} };
    const api = { ...API, ...app };
    return strategyWords({ ...api, spec: { ...api.spec, ...spec } }, { ...RELOAD, ...operation, ...more });
  };
  test.each<[string, readonly string[], string]>([
    [
      'rolling',
      words(''),
      'rolling, 1 at a time, new first   ready limit 10s   drain limit 30s   on failure: back to the old code',
    ],
    [
      'rolling, several, on trial',
      words('', { surge: { unit: 'percent', value: 25 }, minReady: 5000 }),
      'rolling, 25% at a time, new first, each on trial for 5s   ready limit 10s   drain limit 30s   on failure: back to the old code',
    ],
    [
      'blue-green',
      words('rollout, blue-green'),
      'blue-green: all new ones ready first, then all at once; the old ones stay warm for 30s',
    ],
    [
      'canary',
      words('rollout, canary'),
      'canary: 1 of 4 workers, 25% of new connections, for 1m; fails above 1% errors or 2x p95',
    ],
    [
      'a canary that has not begun',
      words('rollout, canary', {}, { canary: null }),
      'canary: 1 of 4 workers, for 1m; fails above 1% errors or 2x p95',
    ],
    [
      'what was asked for, not what the app would do by itself',
      words('', { strategy: 'blue-green' }, { strategy: 'rolling' }),
      'rolling, 1 at a time, new first   ready limit 10s   drain limit 30s   on failure: back to the old code',
    ],
    [
      'a dry run',
      words('rollout, a dry run'),
      'one new worker in private: started, looked at and thrown away   ready limit 10s',
    ],
    [
      'an app that owns its port',
      words('', { execMode: 'fork', strategy: 'blue-green' }),
      'one at a time, the old one stops first: the app owns its port   stop limit 5s',
    ],
  ])('%s', (_, [first], expected) => {
    expect(first).toBe(expected);
  });
});

test('while the old workers are warm, one key goes back', () => {
  const { operation, app } = ROLLOUTS['rollout, blue-green done']!;
  const state = onRollout(operation, app);
  expect(frame(state)).toContain(' generation 16 stays warm for 24s: B goes back at once');
  expect(frame({ ...state, readOnly: true })).toMatch(/ generation 16 stays warm for 24s$/m);
  expect(frame({ ...state, now: NOW + 24_000 })).not.toContain('stays warm');
});

test('going back to an older generation moves connections, too', () => {
  const workers = [aWorker(1, 0, { connections: 7, requests: 5 }), aWorker(2, 1, { generation: 16, requests: 40 })];
  const text = frame(onRollout({ kind: 'rollback', from: 17, to: 16 }, { workers }));
  expect(text).toMatch(/^ CONNECTIONS +old .* 7 +new .* 118$/m);
  expect(text).toMatch(/^ REQUESTS .*, 40 by the new code$/m);
});

test('a reload that waits is told of', () => {
  const { operation, app } = ROLLOUTS['rollout, min_ready and another one waits']!;
  expect(frame(onRollout(operation, app))).toContain(
    ' a reload waits for the end of this; a newer one takes its place',
  );
});

describe('many slots', () => {
  const slots = Array.from({ length: 60 }, (_, slot) => aSlot(slot, slot < 30 ? 'done' : 'waiting', 1000));
  const at = (row: number, pane = 0): DashState => {
    const state = onRollout({ slots });
    return { ...state, trail: [state.trail[0]!, { view: 'rollout', row, pane }] };
  };

  test.each([0, 1, 29, 58, 59, 400])('the cursor at %i is seen', (row) => {
    const text = frame(at(row), 80, 23);
    expect(text.match(/^> *(\d+) /m)?.[1]).toBe(String(Math.min(row, 59)));
    expect(text).toContain(' of 60 ');
    expect(text).toContain(' STEPS ');
  });

  test('the steps have half of the screen when the keys go to them', () => {
    const [slotsSeen, stepsSeen] = [0, 1].map(
      (pane) =>
        frame(at(0, pane))
          .split(/^ STEPS .*$/m)[1]!
          .split('\n').length,
    );
    expect(stepsSeen).toBeGreaterThan(slotsSeen!);
  });
});

describe('steps', () => {
  const steps = Array.from({ length: 300 }, (_, at) => ({ at: NOW + at, slot: at % 9, text: `step ${at} ends` }));

  test('the newest stands at the bottom', () => {
    const rows = frame(onRollout({ steps })).split('\n');
    expect(rows.at(-2)).toContain('step 299 ends');
  });

  test('a cursor in them is seen', () => {
    const state = onRollout({ steps });
    const text = frame({ ...state, trail: [state.trail[0]!, { view: 'rollout', row: 100, pane: 1 }] });
    expect(text).toContain('step 99 ends');
    expect(text).not.toContain('step 299 ends');
  });
});

test('without any, what would make one', () => {
  const none = onScreen('rollout', { selected: 'web' });
  expect(frame(none)).toContain('r reloads it now');
  expect(frame({ ...none, readOnly: true })).not.toContain('r reloads it now');
});

test('the reload of a moment ago still shows where the connections went, that of an hour ago does not', () => {
  const workers = API.workers.filter(({ stage }) => stage === 'online');
  const ended = (endedAt: number): string => frame(onRollout({ ...RELOAD, phase: 'done', endedAt }, { workers }));
  expect(ended(NOW - 5000)).toContain('CONNECTIONS');
  expect(ended(NOW - 3_600_000)).not.toContain('CONNECTIONS');
});
