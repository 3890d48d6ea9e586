import { describe, expect, test } from 'vitest';
import { rowsOf, shownRollout, sortedApps } from '../../ui/state/select.ts';
import type { Action, DashState } from '../../ui/state/state.ts';
import { anApp, anOperation, aWorker, FLEET_ACTION, NOW, stateAfter } from './samples.ts';

const SNAPSHOT: Action = {
  type: 'snapshot',
  at: NOW,
  apps: [
    anApp(0, 'zebra', { workers: [aWorker(1, 1, { cpu: 10 })] }),
    anApp(1, 'api', { workers: [aWorker(1, 2), aWorker(2, 1)], restarts: 3 }),
    anApp(2, 'mid', { workers: [aWorker(1, 1, { cpu: 99, memory: 5e9 })] }),
  ],
};

const press = (...commands: readonly Extract<Action, { type: 'command' }>['command'][]): readonly Action[] =>
  commands.map((command) => ({ type: 'command', command }));

const event = (name: string): Action => ({
  type: 'event',
  at: NOW + 1000,
  event: { type: 'app', app: anApp(7, name) },
});

const removed = (name: string): Action => ({ type: 'event', at: NOW + 1000, event: { type: 'removed', name } });

const lost = (after: number): Action => ({ type: 'lost', at: NOW + after, retryAt: NOW + after + 250, reason: null });

interface Row {
  readonly name: string;
  readonly actions: readonly Action[];
  readonly expected: Partial<DashState>;
}

describe('cursor', () => {
  test.each<Row>([
    { name: 'starts on the first app', actions: [SNAPSHOT], expected: { selected: 'zebra' } },
    { name: 'goes down', actions: [SNAPSHOT, ...press('next')], expected: { selected: 'api' } },
    { name: 'stops at the end', actions: [SNAPSHOT, ...press('next', 'next', 'next')], expected: { selected: 'mid' } },
    { name: 'stops at the start', actions: [SNAPSHOT, ...press('previous')], expected: { selected: 'zebra' } },
    { name: 'jumps', actions: [SNAPSHOT, ...press('last', 'first', 'last')], expected: { selected: 'mid' } },
    { name: 'stays on its app', actions: [SNAPSHOT, ...press('next'), SNAPSHOT], expected: { selected: 'api' } },
    {
      name: 'follows the sorting',
      actions: [SNAPSHOT, ...press('sort', 'first')],
      expected: { selected: 'api', sort: 'name' },
    },
    {
      name: 'goes to the next app when its own is removed',
      actions: [SNAPSHOT, removed('zebra')],
      expected: { selected: 'api' },
    },
    {
      name: 'goes up when the last is removed',
      actions: [SNAPSHOT, ...press('last'), removed('mid')],
      expected: { selected: 'api' },
    },
    {
      name: 'is nowhere without apps',
      actions: [SNAPSHOT, removed('zebra'), removed('api'), removed('mid')],
      expected: { selected: null },
    },
    { name: 'lands on the first new app', actions: [event('new')], expected: { selected: 'new' } },
    {
      name: 'moves nowhere without apps',
      actions: press('next', 'previous', 'last', 'open', 'collapse'),
      expected: { selected: null, view: 'overview' },
    },
  ])('$name', ({ actions, expected }) => {
    expect(stateAfter(...actions)).toMatchObject(expected);
  });
});

describe('views', () => {
  test.each<Row>([
    { name: 'enter opens', actions: [SNAPSHOT, ...press('open')], expected: { view: 'app' } },
    { name: 'esc returns', actions: [SNAPSHOT, ...press('open', 'back')], expected: { view: 'overview' } },
    {
      name: 'help opens over a view',
      actions: [SNAPSHOT, ...press('open', 'help')],
      expected: { view: 'app', help: true },
    },
    {
      name: 'esc closes the help first',
      actions: [SNAPSHOT, ...press('open', 'help', 'back')],
      expected: { view: 'app', help: false },
    },
    {
      name: 'the view closes with its app',
      actions: [SNAPSHOT, ...press('open'), removed('zebra')],
      expected: { view: 'overview' },
    },
    {
      name: 'j in an app moves in its workers',
      actions: [SNAPSHOT, ...press('next', 'open', 'next', 'next')],
      expected: { selected: 'api', worker: 1 },
    },
    {
      name: 'a resize is kept',
      actions: [{ type: 'resize', columns: 30, rows: 5 }],
      expected: { columns: 30, rows: 5 },
    },
  ])('$name', ({ actions, expected }) => {
    expect(stateAfter(...actions)).toMatchObject(expected);
  });
});

describe('line to the daemon', () => {
  test.each([
    { name: 'is not there at first', actions: [], link: { phase: 'connecting', heardAt: null } },
    { name: 'lives with the first snapshot', actions: [SNAPSHOT], link: { phase: 'live', heardAt: NOW } },
    { name: 'notes each event', actions: [SNAPSHOT, event('x')], link: { phase: 'live', heardAt: NOW + 1000 } },
    {
      name: 'is lost since the first failure',
      actions: [SNAPSHOT, lost(1000), lost(2000)],
      link: { phase: 'lost', since: NOW + 1000, tries: 2, heardAt: NOW },
    },
    {
      name: 'shows that it tries',
      actions: [SNAPSHOT, lost(1000), { type: 'retrying' }],
      link: { phase: 'lost', retryAt: null },
    },
    {
      name: 'does not live again by a late event',
      actions: [SNAPSHOT, lost(500), event('x')],
      link: { phase: 'lost' },
    },
    {
      name: 'lives again with a snapshot',
      actions: [SNAPSHOT, lost(1000), { ...SNAPSHOT, at: NOW + 2000 }],
      link: { phase: 'live', since: NOW + 2000, tries: 0 },
    },
  ] as const)('$name', ({ actions, link }) => {
    expect(stateAfter(...actions).link).toMatchObject(link);
  });

  test('losing it keeps the apps', () => {
    expect(stateAfter(SNAPSHOT, lost(1000)).apps).toHaveLength(3);
  });
});

test('an event replaces one app and keeps the order', () => {
  const state = stateAfter(SNAPSHOT, {
    type: 'event',
    at: NOW,
    event: { type: 'app', app: anApp(1, 'api', { up: 9 }) },
  });
  expect(state.apps.map(({ name, up }) => [name, up])).toEqual([
    ['zebra', 1],
    ['api', 9],
    ['mid', 1],
  ]);
});

test('a notice goes away by itself', () => {
  const notice = { text: 'Started', tone: 'plain', at: NOW } as const;
  const state = stateAfter({ type: 'notice', notice }, { type: 'tick', at: NOW + 9000 });
  expect(state.notice).toEqual(notice);
  expect(stateAfter({ type: 'notice', notice }, { type: 'tick', at: NOW + 10_000 }).notice).toBeNull();
});

test('what a key started is announced until it has ended, also when that comes first', () => {
  const notice: Action = { type: 'notice', notice: { text: 'Started', tone: 'plain', at: NOW, op: 'own' } };
  const reload = (endedAt: number | null): Action => ({
    type: 'snapshot',
    at: NOW,
    apps: [anApp(1, 'api', { operations: [anOperation({ op: 'own', endedAt })] })],
  });
  expect(stateAfter(notice, reload(null)).notice?.text).toBe('Started');
  expect(stateAfter(notice, reload(NOW)).notice).toBeNull();
  expect(stateAfter(reload(NOW), notice).notice).toBeNull();
});

test.each([
  { sort: 'id', order: ['zebra', 'api', 'mid'] },
  { sort: 'name', order: ['api', 'mid', 'zebra'] },
  { sort: 'cpu', order: ['mid', 'api', 'zebra'] },
  { sort: 'memory', order: ['mid', 'api', 'zebra'] },
  { sort: 'restarts', order: ['api', 'zebra', 'mid'] },
] as const)('sorted by $sort', ({ sort, order }) => {
  expect(sortedApps({ ...stateAfter(SNAPSHOT), sort }).map(({ name }) => name)).toEqual(order);
});

test('rows are apps with their workers by slot, unless hidden', () => {
  const rows = rowsOf(stateAfter(SNAPSHOT, ...press('collapse', 'next')));
  const words = rows.map((row) => (row.kind === 'app' ? row.app.name : `${row.worker.slot}${row.last ? ' last' : ''}`));
  expect(words).toEqual(['zebra', 'api', '1', '2 last', 'mid', '1 last']);
});

test('the rollout shown is the own one, else a running one, and ended ones not for ever', () => {
  const fleet = stateAfter(FLEET_ACTION);
  expect(shownRollout(fleet)?.app.name).toBe('api');
  expect(shownRollout({ ...fleet, selected: 'web' })?.app.name).toBe('api');
  const own = anApp(1, 'web', { operations: [anOperation({ op: 'own', phase: 'done', endedAt: NOW })] });
  const both = stateAfter(FLEET_ACTION, { type: 'event', at: NOW, event: { type: 'app', app: own } });
  expect(shownRollout({ ...both, selected: 'web' })?.operation.op).toBe('own');
  expect(shownRollout({ ...both, selected: 'web', now: NOW + 600_000 })?.app.name).toBe('api');
});
