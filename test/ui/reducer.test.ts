import { describe, expect, test } from 'vitest';
import type { AppFigures } from '../../daemon/protocol/model.ts';
import { rowsOf, shownApps, shownState, targetsOf, viewOf } from '../../ui/state/select.ts';
import type { Action, DashState } from '../../ui/state/state.ts';
import { anApp, anOperation, aWorker, NOW, stateAfter } from './samples.ts';

const SNAPSHOT: Action = {
  type: 'snapshot',
  at: NOW,
  apps: [
    anApp(0, 'zebra', { workers: [aWorker(1, 1, { cpu: 10 })] }),
    anApp(1, 'api', { workers: [aWorker(1, 2), aWorker(2, 1)], restarts: 3 }),
    anApp(2, 'mid', { workers: [aWorker(1, 1, { cpu: 99, memory: 5e9 })] }),
  ],
};

type Commands = readonly Extract<Action, { type: 'command' }>['command'][];

const press = (...commands: Commands): readonly Action[] =>
  commands.map((command) => ({ type: 'command', command, key: '' }));

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
      actions: press('next', 'previous', 'last', 'open', 'collapse', 'mark', 'logs', 'rollout'),
      expected: { selected: null, trail: [{ view: 'overview', row: 0, pane: 0 }] },
    },
  ])('$name', ({ actions, expected }) => {
    expect(stateAfter(...actions)).toMatchObject(expected);
  });
});

describe('screens', () => {
  const places = (commands: Commands): readonly string[] =>
    stateAfter(SNAPSHOT, ...press(...commands)).trail.map(({ view }) => view);

  test.each<[Commands, readonly string[]]>([
    [['open'], ['overview', 'app']],
    [['open', 'back'], ['overview']],
    [['back', 'back'], ['overview']],
    [
      ['rollout', 'logs', 'describe'],
      ['overview', 'rollout', 'logs', 'describe'],
    ],
    // A screen that is open already is gone back to.
    [
      ['open', 'logs', 'rollout', 'logs'],
      ['overview', 'app', 'logs'],
    ],
    [
      ['open', 'help'],
      ['overview', 'app', 'help'],
    ],
    [
      ['open', 'help', 'back'],
      ['overview', 'app'],
    ],
    [
      ['events', 'back', 'describe'],
      ['overview', 'describe'],
    ],
  ] as const)('%j', (commands, trail) => {
    expect(places(commands)).toEqual(trail);
  });

  test('close with the app that they are about', () => {
    const state = stateAfter(SNAPSHOT, ...press('open', 'logs'), removed('zebra'));
    expect(state.trail.map(({ view }) => view)).toEqual(['overview']);
    expect(state.selected).toBe('api');
  });

  test('have a place each, which is there again on the way back', () => {
    const inApp = stateAfter(SNAPSHOT, ...press('next', 'open', 'next', 'next', 'next'));
    expect(inApp.trail.at(-1)).toEqual({ view: 'app', row: 1, pane: 0 });
    const back = stateAfter(
      SNAPSHOT,
      ...press('next', 'open', 'next', 'describe', 'next', 'next', 'page-down', 'back'),
    );
    expect(back.trail.at(-1)).toEqual({ view: 'app', row: 1, pane: 0 });
  });

  test('tab goes round the parts of a screen', () => {
    const pane = (...commands: Commands) => stateAfter(SNAPSHOT, ...press('open', ...commands)).trail.at(-1)?.pane;
    expect([pane(), pane('next-pane'), pane('previous-pane')]).toEqual([0, 1, 2]);
    expect(pane('next-pane', 'next-pane', 'next-pane')).toBe(0);
  });

  test('of one app can be the first', () => {
    const state = stateAfter(SNAPSHOT, { type: 'go', view: 'app', app: 'mid' });
    expect([viewOf(state), state.selected, state.logs.apps]).toEqual(['app', 'mid', ['mid']]);
  });

  test('go over to the output of another app with it', () => {
    const inApi = [SNAPSHOT, ...press('next', 'open')];
    const whose = (...actions: readonly Action[]) => stateAfter(...inApi, ...actions).logs.apps;
    expect(whose()).toEqual(['api']);
    expect(whose({ type: 'go', view: 'logs', app: 'mid' })).toEqual(['mid']);
    expect(whose({ type: 'go', view: 'rollout', app: 'mid' }, ...press('back'))).toEqual(['mid']);
    expect(stateAfter(SNAPSHOT, { type: 'go', view: 'logs', app: 'mid' }).logs.apps).toEqual(['mid']);
    expect(stateAfter(SNAPSHOT, { type: 'go', view: 'overview', app: '' }).selected).toBe('zebra');
  });

  test('that tell what goes on are not frozen, and a note stays behind', () => {
    const note: Action = { type: 'notice', notice: { text: 'Copied: zebra', tone: 'plain', at: NOW } };
    expect(stateAfter(SNAPSHOT, ...press('freeze', 'open')).frozen).not.toBeNull();
    expect(stateAfter(SNAPSHOT, ...press('freeze', 'open', 'rollout')).frozen).toBeNull();
    expect(stateAfter(SNAPSHOT, note, ...press('open')).notice).toBeNull();
    expect(stateAfter(SNAPSHOT, ...press('open'), note, ...press('back')).notice).toBeNull();
  });

  test('a resize is kept', () => {
    expect(stateAfter({ type: 'resize', columns: 30, rows: 5 })).toMatchObject({ columns: 30, rows: 5 });
  });
});

describe('marks', () => {
  test('are set one after the other, and are what a change is about', () => {
    const state = stateAfter(SNAPSHOT, ...press('mark', 'mark'));
    expect([...state.marked]).toEqual(['zebra', 'api']);
    expect(state.selected).toBe('mid');
    expect(targetsOf(state)).toEqual(['zebra', 'api']);
    expect(targetsOf(stateAfter(SNAPSHOT, ...press('next')))).toEqual(['api']);
  });

  test('on another screen the app under the cursor is meant', () => {
    expect(targetsOf(stateAfter(SNAPSHOT, ...press('mark', 'open')))).toEqual(['api']);
  });

  test('go by the same key, all at once, by Esc, and with their app', () => {
    const marks = (...actions: readonly Action[]) => [...stateAfter(SNAPSHOT, ...actions).marked];
    expect(marks(...press('mark', 'previous', 'mark'))).toEqual([]);
    expect(marks(...press('mark-all'))).toEqual(['zebra', 'api', 'mid']);
    expect(marks(...press('mark', 'mark-all'))).toEqual([]);
    expect(marks(...press('mark', 'back'))).toEqual([]);
    expect(marks(...press('mark', 'mark'), removed('api'))).toEqual(['zebra']);
  });
});

describe('the filter', () => {
  const filter = (text: string): Action => ({ type: 'field', field: { purpose: 'filter', text, cursor: text.length } });
  const names = (...actions: readonly Action[]) => shownApps(stateAfter(SNAPSHOT, ...actions)).map(({ name }) => name);

  test('looks at name and state while it is typed, and takes the cursor along', () => {
    expect(names(filter('E'))).toEqual(['zebra', 'api', 'mid']);
    expect(names(filter('eb'))).toEqual(['zebra']);
    expect(names(filter('ONLINE'))).toHaveLength(3);
    expect(stateAfter(SNAPSHOT, filter('mi')).selected).toBe('mid');
  });

  test('stays when the field closes, and goes by Esc, before the marks', () => {
    expect(names(filter('mi'), { type: 'field', field: null })).toEqual(['mid']);
    const actions = [...press('mark'), filter('mi'), { type: 'field', field: null }, ...press('back')] as const;
    expect(names(...actions)).toHaveLength(3);
    expect(stateAfter(SNAPSHOT, ...actions).marked.size).toBe(1);
  });
});

describe('a question', () => {
  const sheet = { change: 'restart', targets: ['api'], scale: null, openedAt: NOW } as const;

  test('goes by itself when nobody answers', () => {
    const asked: Action = { type: 'sheet', sheet };
    expect(stateAfter(SNAPSHOT, asked, { type: 'tick', at: NOW + 29_000 }).sheet).toEqual(sheet);
    expect(stateAfter(SNAPSHOT, asked, { type: 'tick', at: NOW + 30_000 })).toMatchObject({ sheet: null, field: null });
  });
});

test('a frozen screen shows what was, while the state goes on', () => {
  const figures: AppFigures = {
    name: 'zebra',
    at: NOW + 1000,
    waiting: 0,
    workers: [{ id: 1, cpu: 77, memory: 1, connections: 1, requests: 1, lag: 1, latency: 1 }],
  };
  const later: Action = { type: 'event', at: NOW + 1000, event: { type: 'figures', figures: [figures] } };
  const frozen = stateAfter(SNAPSHOT, ...press('freeze'), later);
  const cpu = (state: DashState) => state.apps.find(({ name }) => name === 'zebra')?.workers[0]?.cpu;
  expect([cpu(frozen), cpu(shownState(frozen)), shownState(frozen).now]).toEqual([77, 10, NOW]);
  expect(cpu(shownState(stateAfter(SNAPSHOT, ...press('freeze'), later, ...press('freeze'))))).toBe(77);
  expect(frozen.history.get('zebra')?.total.cpu).toEqual([77]);
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
  { sort: 'state', order: ['zebra', 'api', 'mid'] },
] as const)('sorted by $sort', ({ sort, order }) => {
  const names = (reverse: boolean) => shownApps({ ...stateAfter(SNAPSHOT), sort, reverse }).map(({ name }) => name);
  expect(names(false)).toEqual(order);
  expect(names(true)).toEqual(order.toReversed());
});

describe('rows', () => {
  const words = (state: DashState): readonly string[] =>
    rowsOf(state).map((row) => (row.kind === 'app' ? row.app.name : `${row.worker.slot}${row.last ? ' last' : ''}`));

  test('are apps with their workers by slot, unless hidden', () => {
    expect(words(stateAfter(SNAPSHOT, ...press('collapse', 'next')))).toEqual([
      'zebra',
      'api',
      '1',
      '2 last',
      'mid',
      '1 last',
    ]);
  });

  test('on a low screen only of the apps that were opened; one worker more or less changes nothing', () => {
    const low: Action = { type: 'resize', columns: 80, rows: 15 };
    expect(words(stateAfter(SNAPSHOT, low, ...press('next', 'expand')))).toEqual([
      'zebra',
      'api',
      '1',
      '2 last',
      'mid',
    ]);
    const fits: Action = { type: 'resize', columns: 80, rows: 16 };
    const surge = anApp(1, 'api', { wanted: 2, workers: [aWorker(1, 2), aWorker(2, 1), aWorker(3, 1)] });
    const during = stateAfter(SNAPSHOT, fits, { type: 'event', at: NOW, event: { type: 'app', app: surge } });
    expect(words(stateAfter(SNAPSHOT, fits))).toHaveLength(7);
    expect(words(during)).toHaveLength(8);
  });
});
