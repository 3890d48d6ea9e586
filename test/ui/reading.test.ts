// The screens that are read by line: describe and events.
import { beforeAll, describe, expect, test } from 'vitest';
import type { AppEvent, AppStatus } from '../../daemon/protocol/model.ts';
import { paintBody } from '../../ui/screens/body.ts';
import type { View } from '../../ui/keys.ts';
import type { DashState } from '../../ui/state/state.ts';
import { aSlot, anApp, anOperation, aWorker, NOW, plainTheme, RECEIPT, stateAfter } from './samples.ts';

const SIZES = [
  [100, 30],
  [80, 24],
  [60, 15],
  [40, 9],
] as const;

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});

const BY = 'deploy (zdm reload api)';
const EXIT = {
  type: 'exit',
  slot: 1,
  pid: 41_003,
  generation: 16,
  code: 137,
  signal: null,
  uptime: 76 * 3_600_000,
} as const;

/** A reload this morning after a crash last night; the rollout before that was refused. */
function eventful(): AppStatus {
  const done = anOperation({
    op: 'op-7',
    phase: 'done',
    startedAt: NOW - 204_200,
    askedAt: NOW - 204_200,
    endedAt: NOW - 190_000,
    slots: [aSlot(0, 'done', 1400), aSlot(1, 'done', 1300)],
    receipt: RECEIPT,
  });
  const lastExit = { ...EXIT, at: NOW - 30 * 3_600_000, lines: ['<--- Last few GCs --->', 'Killed'] };
  const refused = 'the new worker ended with exit code 1 before it was ready';
  const operation = { type: 'operation', op: 'op-6', kind: 'reload', by: BY, took: 1_900, receipt: null } as const;
  const events: AppEvent[] = [
    { ...operation, at: NOW - 53 * 3_600_000, from: 15, to: 16, reason: refused },
    { ...EXIT, slot: 0, pid: 40_991, at: NOW - 31 * 3_600_000 },
    { ...EXIT, at: lastExit.at },
    { ...operation, at: done.endedAt ?? 0, op: 'op-7', from: 16, to: 17, reason: null, receipt: RECEIPT },
  ];
  return anApp(0, 'api', { workers: [aWorker(1, 0), aWorker(2, 1)], operations: [done], lastExit, events });
}

function troubled(): AppStatus {
  const retry = {
    state: 'backoff',
    up: 0,
    wanted: 1,
    retryAt: NOW + 7_400,
    reason: 'slot 0 ended with exit code 1',
  } as const;
  const exit = { ...EXIT, slot: 0, code: 1, uptime: 400, at: NOW - 600, pid: 41_555 };
  const events = Array.from({ length: 14 }, (_, at) => ({
    ...exit,
    pid: 41_542 + at,
    at: NOW - 600 - (13 - at) * 9_000,
  }));
  const lines = ["Error: Cannot find module 'x'", '    at main.js:1:1'];
  return anApp(1, 'mailer', { ...retry, restarts: 14, listeners: [], lastExit: { ...exit, lines }, events });
}

function on(view: View, app: AppStatus, row = 0): DashState {
  const state = stateAfter({ type: 'snapshot', apps: [app], at: NOW });
  return { ...state, selected: app.name, trail: [...state.trail, { view, row, pane: 0 }] };
}

const SCENES: Readonly<Record<string, DashState>> = {
  describe: on('describe', eventful()),
  'describe, of an app in trouble': on('describe', troubled()),
  events: on('events', eventful()),
  'events of a crash loop': on('events', troubled()),
  'events, none yet': on('events', anApp(0, 'api')),
};

describe.each(SIZES)('at %ix%i', (width, height) => {
  test.each(Object.keys(SCENES))('%s', (name) => {
    const rows = paintBody(SCENES[name] as DashState, width, height - 1, plainTheme());
    expect(rows.map((row) => row.trimEnd()).join('\n')).toMatchSnapshot();
  });
});

test.each(['describe', 'events'] as const)('%s scrolls by line, and its last page stays full', (view) => {
  const app = troubled();
  const frame = (row: number): string[] => paintBody(on(view, app, row), 80, 15, plainTheme());
  const head = frame(0).findIndex((row) => row.includes(view === 'events' ? ' ▲ slot' : 'mailer  ▲'));
  const all = paintBody(on(view, app), 80, 200, plainTheme())
    .slice(head)
    .filter((_, at, rows) => at < rows.length - 1);
  const count = Number(/of (\d+)/.exec(frame(0).at(-1) ?? '')?.[1]);
  const room = 14 - head;
  expect(frame(0).at(-1)?.trim()).toBe(`1-${room} of ${count}`);
  expect(frame(3).slice(head, -1)).toEqual(all.slice(3, 3 + room));
  expect(frame(10_000)).toEqual(frame(count - room));
  expect(frame(10_000).at(-1)?.trim()).toBe(`${count - room + 1}-${count} of ${count}`);
});

test('what is whole on the screen is not counted', () => {
  expect(paintBody(on('events', eventful()), 100, 30, plainTheme()).at(-1)?.trim()).toBe('');
});

test('while the daemon is away what is shown is old', () => {
  const link = { phase: 'lost', since: NOW, tries: 1, retryAt: null, heardAt: NOW, reason: null } as const;
  const rows = paintBody({ ...on('describe', eventful()), link }, 80, 23, plainTheme({ styles: true }));
  const figures = rows.filter((row) => row.includes('48201'));
  expect(figures.map((row) => row.startsWith('\u001B[2m'))).toEqual([true]);
});

test('many workers and a long story are painted in a moment', () => {
  const workers = Array.from({ length: 60 }, (_, at) => aWorker(at, at));
  const state = on('describe', { ...eventful(), workers });
  const times = Array.from({ length: 30 }, () => {
    const before = performance.now();
    paintBody(state, 200, 50, plainTheme({ color: true, styles: true }));
    return performance.now() - before;
  });
  // Room for a busy machine: it takes less than a millisecond.
  expect(Math.min(...times)).toBeLessThan(5);
});
