import { describe, expect, test } from 'vitest';
import type { OperationStatus, Series, SlotProgress } from '../../daemon/protocol/model.ts';
import { timeLeft } from '../../ui/screens/rollout-result.ts';
import { connectionSeries } from '../../ui/screens/rollout-traffic.ts';
import { paintBody } from '../../ui/screens/body.ts';
import type { DashState } from '../../ui/state/state.ts';
import { anOperation, aSlot, aWorker, NOW, plainTheme, RECEIPT } from './samples.ts';
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
    const text = ended({ phase: 'failed', failure, receipt: { ...RECEIPT, replaced: 0 } });
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
