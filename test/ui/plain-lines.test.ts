import { describe, expect, test } from 'vitest';
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { plainLines, statusLine } from '../../ui/plain-lines.ts';
import { reduce } from '../../ui/state/reducer.ts';
import type { Action, DashState } from '../../ui/state/state.ts';
import { CANARY } from './rollout-scenes.ts';
import { aSlot, anApp, anOperation, aWorker, FLEET, NOW, plainTheme, RECEIPT, stateAfter } from './samples.ts';

const snapshot = (...apps: readonly AppStatus[]): Action => ({ type: 'snapshot', apps, at: NOW });
const theme = plainTheme();

function told(before: DashState, ...actions: readonly Action[]): string[] {
  return plainLines(before, actions.reduce(reduce, before), theme);
}

/** What is told when `api` becomes another one. */
function change(before: Partial<AppStatus>, after: Partial<AppStatus>): string[] {
  const workers = [aWorker(1, 0), aWorker(2, 1)];
  const app = anApp(0, 'api', { workers, ...before });
  return told(stateAfter(snapshot(app)), { type: 'event', event: { type: 'app', app: { ...app, ...after } }, at: NOW });
}

function progress(before: Partial<OperationStatus> | null, after: Partial<OperationStatus>): string[] {
  const slots = [aSlot(0, 'done', 1400), aSlot(1, 'starting')];
  const operation = (changes: Partial<OperationStatus>) => anOperation({ slots, ...changes });
  return change({ operations: before === null ? [] : [operation(before)] }, { operations: [operation(after)] });
}

const READY = { at: NOW - 2000, slot: 0, text: 'ready after 1400ms, pid 48201' };
const STARTED = { at: NOW - 1900, slot: 1, text: 'starting generation 17, pid 48202' };
const ENDED = { startedAt: NOW - 14_200, endedAt: NOW } as const;

describe('operations', () => {
  const cases: readonly [
    name: string,
    before: Partial<OperationStatus> | null,
    after: Partial<OperationStatus>,
    expected: readonly string[],
  ][] = [
    [
      'queued',
      null,
      { phase: 'queued', startedAt: null },
      ['12:07:26 api reload waits for its turn, by deploy (zdm reload api)'],
    ],
    [
      'begun',
      { phase: 'queued', startedAt: null },
      {},
      ['12:07:26 api reload g16 → g17 begins, 2 slots, by deploy (zdm reload api)'],
    ],
    [
      'steps',
      {},
      { steps: [READY, STARTED] },
      ['12:07:32 api slot 0 g17 ready after 1.4s', '12:07:32 api slot 1 starting generation 17, pid 48202'],
    ],
    [
      'going back',
      {},
      { returning: 'slot 1: not ready within 10s' },
      ['12:07:34 api reload g16 → g17 goes back: slot 1: not ready within 10s'],
    ],
    [
      'a verdict',
      { canary: CANARY },
      { canary: { ...CANARY, verdict: 'fail', reason: '4.2% errors' } },
      ['12:07:34 api reload g16 → g17: its canary failed: 4.2% errors'],
    ],
    ['new figures of a canary', { canary: CANARY }, { canary: { ...CANARY, until: NOW } }, []],
    [
      'a dry run',
      { kind: 'rehearse', phase: 'queued', startedAt: null },
      { kind: 'rehearse' },
      ['12:07:26 api dry run g16 → g17 begins, 2 slots, by deploy (zdm reload api)'],
    ],
    [
      'only new steps',
      { steps: [READY] },
      { steps: [READY, STARTED] },
      ['12:07:32 api slot 1 starting generation 17, pid 48202'],
    ],
    ['paused', {}, { paused: true }, ['12:07:34 api reload g16 → g17 is paused, 1 of 2 done']],
    ['resumed', { paused: true }, {}, ['12:07:34 api reload g16 → g17 goes on, 1 of 2 done']],
    [
      'done',
      {},
      { ...ENDED, phase: 'done', receipt: RECEIPT },
      ['12:07:34 api reload g16 → g17 done in 14.2s, 4 of 4 slots, 0 connections cut, 131 moved'],
    ],
    [
      'failed',
      {},
      { ...ENDED, phase: 'failed', failure: { slot: 1, reason: 'not ready within 10s', lines: ['x'] } },
      ['12:07:34 api reload g16 → g17 failed after 14.2s at slot 1: not ready within 10s'],
    ],
    [
      'with a note',
      {},
      { ...ENDED, phase: 'done', kind: 'stop', to: 16, note: 'one was killed' },
      ['12:07:34 api stop done in 14.2s', '12:07:34 api: one was killed'],
    ],
    [
      'a receipt that changes is not told again',
      { ...ENDED, phase: 'done', receipt: RECEIPT },
      {
        ...ENDED,
        phase: 'done',
        receipt: { ...RECEIPT, open: 0 },
      },
      [],
    ],
  ];
  test.each(cases)('%s', (_, before, after, expected) => {
    expect(progress(before, after)).toEqual(expected);
  });
});

describe('apps', () => {
  const exit = { at: NOW - 500, slot: 1, pid: 7, generation: 3, code: 1, signal: null, uptime: 400, lines: ['x'] };
  const cases: readonly [name: string, after: Partial<AppStatus>, expected: readonly string[]][] = [
    ['stopped', { state: 'stopped', up: 0 }, ['12:07:34 api is stopped']],
    ['starting', { state: 'starting', up: 1 }, ['12:07:34 api is starting, 1 of 2 workers online']],
    [
      'a crash',
      { state: 'backoff', reason: 'exits with exit code 1', retryAt: NOW + 8000, lastExit: exit },
      [
        '12:07:33 api slot 1 g3 ended with exit code 1 after 0.4s',
        '12:07:34 api is in backoff: exits with exit code 1; next try in 8s',
      ],
    ],
    ['given up', { state: 'errored', reason: 'ended 15 times' }, ['12:07:34 api is errored: ended 15 times']],
    ['figures only', { waiting: 3 }, []],
    [
      'a hostile reason',
      { state: 'errored', reason: '\u0007\u001B[2Jgone' },
      [String.raw`12:07:34 api is errored: \x07gone`],
    ],
  ];
  test.each(cases)('%s', (_, after, expected) => {
    expect(change({}, after)).toEqual(expected);
  });

  test('one comes, one goes', () => {
    const state = stateAfter(snapshot(anApp(0, 'api')));
    const web = anApp(1, 'web', { state: 'starting', wanted: 2, up: 0 });
    expect(told(state, { type: 'event', event: { type: 'app', app: web }, at: NOW })).toEqual([
      '12:07:34 new app: web is starting, 0 of 2 workers online',
    ]);
    expect(told(state, { type: 'event', event: { type: 'removed', name: 'api' }, at: NOW })).toEqual([
      '12:07:34 api is deleted',
    ]);
  });

  test('of what was there before nothing is told, nor of a second in which nothing happened', () => {
    expect(told(stateAfter(), snapshot(...FLEET))).toEqual([]);
    const state = stateAfter(snapshot(...FLEET));
    const figures = [{ name: 'web', at: NOW, waiting: 1, workers: [{ ...aWorker(1, 1), id: 1 }] }];
    expect(told(state, { type: 'event', event: { type: 'figures', figures }, at: NOW })).toEqual([]);
    expect(told(state, { type: 'tick', at: NOW + 1000 })).toEqual([]);
  });
});

describe('the daemon', () => {
  const lost = (reason: string | null): Action => ({ type: 'lost', at: NOW + 1000, retryAt: NOW + 2000, reason });
  const live = stateAfter(snapshot(...FLEET));

  test('lost is told once, and that it is back', () => {
    expect(told(live, lost(null))).toEqual([
      '12:07:35 the daemon was lost; apps do not need it to run (trying again until it answers)',
    ]);
    const away = reduce(live, lost(null));
    expect(told(away, { type: 'retrying' }, lost('No daemon runs.'))).toEqual([]);
    expect(told(away, { type: 'snapshot', apps: FLEET, at: NOW + 13_000 })).toEqual([
      '12:07:47 the daemon answers again after 12s',
    ]);
  });

  test('never there', () => {
    expect(told(stateAfter(), lost('No daemon runs here.'))).toEqual([
      '12:07:35 No daemon runs here. (trying again until it answers)',
    ]);
  });

  test('what happened meanwhile is told when it is back, by its time', () => {
    const away = reduce(live, lost(null));
    const [api, , ...others] = FLEET as readonly [AppStatus, ...AppStatus[]];
    const [reload] = api.operations as readonly [OperationStatus];
    const step = { at: NOW + 500, slot: 2, text: 'pid 1 did not stop and was killed' };
    const later = { ...api, operations: [{ ...reload, steps: [...reload.steps, step] }] };
    expect(told(away, { type: 'snapshot', apps: [later, ...others], at: NOW + 2000 })).toEqual([
      '12:07:34 api slot 2 pid 1 did not stop and was killed',
      '12:07:36 the daemon answers again after 1s',
      '12:07:36 web is deleted',
    ]);
  });
});

describe('how things stand', () => {
  test.each([
    [
      'a problem',
      stateAfter(snapshot(...FLEET)),
      '12:07:34 6 of 7 workers online, 1 problem: mailer is waiting to start again: exits with exit code 1 after 0.4s, try 14, next in 8s',
    ],
    ['no apps', stateAfter(snapshot()), '12:07:34 no apps'],
    ['all well', stateAfter(snapshot(anApp(0, 'api', { wanted: 1, up: 1 }))), '12:07:34 1 of 1 worker online'],
    [
      'no daemon',
      stateAfter(
        snapshot(...FLEET),
        { type: 'lost', at: NOW, retryAt: NOW, reason: null },
        { type: 'tick', at: NOW + 60_000 },
      ),
      '12:08:34 no daemon for 1m; apps keep running',
    ],
  ] as const)('%s', (_, state, expected) => {
    expect(statusLine(state, theme)).toBe(expected);
  });
});

test('colours only where they are wanted', () => {
  const state = stateAfter(snapshot(...FLEET));
  expect(statusLine(state, plainTheme({ color: true, styles: true }))).toContain('\u001B[1;33m');
  expect(statusLine(state, plainTheme({ styles: true }))).not.toMatch(/\[(?:\d+;)*3\dm/);
  expect(statusLine(state, theme)).not.toContain('\u001B');
});
