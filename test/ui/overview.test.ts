import { describe, expect, test } from 'vitest';
import { paintOverview } from '../../ui/screens/overview.ts';
import type { DashState } from '../../ui/state/state.ts';
import { ROLLOUTS } from './rollout-scenes.ts';
import { anApp, anOperation, aWorker, NOW, plainTheme } from './samples.ts';
import { MAILER, shopState } from './shop.ts';

const ESCAPE = String.fromCodePoint(27);

function rowsOf(state: DashState, width: number, height: number): string[] {
  return paintOverview({ ...state, columns: width, rows: height + 1 }, width, height, plainTheme());
}

/** Sixty apps with a worker each. */
const CROWD = Array.from({ length: 60 }, (_, id) => anApp(id, `app-${id}`, { workers: [aWorker(id, 0)] }));

describe('columns', () => {
  test.each([
    [40, 'APP STATE READY'],
    [59, 'APP STATE READY'],
    [60, 'APP STATE READY CPU MEM RST UP'],
    [79, 'APP STATE READY CPU MEM RST UP'],
    [80, 'APP STATE READY GEN CPU MEM RST UP CPU 60s'],
    [99, 'APP STATE READY GEN CPU MEM RST UP CPU 60s'],
    [100, 'APP STATE READY GEN CPU MEM RST UP CPU 60s MEM 60s'],
    [140, 'APP STATE READY GEN CPU MEM LAG CONNS RST UP CPU 60s MEM 60s'],
  ])('at %i cells', (width, titles) => {
    const row = rowsOf(shopState(), width, 23).find((text) => text.includes('APP'));
    expect(row?.trim().split(/\s+/).join(' ')).toBe(titles);
  });

  test.each([
    ['cpu', false, 'CPU▾'],
    ['cpu', true, 'CPU▴'],
    ['name', false, 'APP▾'],
    ['state', false, 'STATE▾'],
    ['memory', true, 'MEM▴'],
    ['restarts', false, 'RST▾'],
    ['up', false, 'UP▾'],
  ] as const)('sorted by %s, reversed %s: %s', (sort, reverse, title) => {
    expect(rowsOf(shopState({ sort, reverse }), 100, 29).join('\n')).toContain(title);
  });

  test('a rollout that goes back is told in the cells of the state', () => {
    const { operation, app } = ROLLOUTS['rollout, going back']!;
    const apps = [anApp(0, 'api', { ...app, operations: [anOperation(operation)] })];
    expect(rowsOf(shopState({}, apps), 100, 23).join('\n')).toMatch(/> api +⟳ back 3\/4 /);
  });

  test('names are cut in the middle', () => {
    const names = ['payments-thumbnailer-of-the-shop-a', 'payments-thumbnailer-of-the-shop-b'];
    const rows = rowsOf(
      shopState(
        {},
        names.map((name, id) => anApp(id, name)),
      ),
      80,
      23,
    ).join('\n');
    expect(rows).toContain('paymen…shop-a');
    expect(rows).toContain('paymen…shop-b');
  });

  test('long names have room in a wide terminal', () => {
    expect(rowsOf(shopState({}, [anApp(0, 'payments-thumbnailer-of-the-shop')]), 140, 29).join('\n')).toContain(
      'payments-thumbnailer-of-the-shop ',
    );
  });
});

describe('rows', () => {
  test.each(['app-0', 'app-1', 'app-30', 'app-58', 'app-59'])('%s is seen when it is selected', (selected) => {
    const rows = rowsOf(shopState({ selected }, CROWD), 80, 23);
    expect(rows.filter((row) => row.startsWith('>')).map((row) => row.split(/\s+/)[1])).toEqual([selected]);
    expect(rows).toHaveLength(23);
  });

  test('the foot says which are seen', () => {
    expect(rowsOf(shopState({ selected: 'app-59' }, CROWD), 80, 23).at(-1)).toMatch(/ 41-60 of 60 $/);
    expect(rowsOf(shopState({ selected: 'app-0' }, CROWD), 80, 23).at(-1)).toMatch(/ 1-20 of 60 $/);
  });

  test.each([
    [100, '◑ draining  ', '9 conns, 24s of 30s left'],
    [80, '◑ draining  ', '  24s left'],
    [60, '◑ draining 24s', ''],
  ])('at %i cells a worker says once what it waits for', (width, state, words) => {
    const row = rowsOf(shopState({ folds: new Map([['api', true]]) }), width, 23).find((text) => text.includes('◑'))!;
    expect(row).toContain(state);
    expect(row.trimEnd().endsWith(words)).toBe(true);
    expect(row.match(/24s/g)).toHaveLength(1);
  });

  test('a mark and the cursor stand side by side', () => {
    const rows = rowsOf(shopState({ marked: new Set(['api', 'web']) }), 80, 23);
    expect(rows.find((row) => row.includes('api'))).toMatch(/^>✓api/);
    expect(rows.find((row) => row.includes('web  '))).toMatch(/^✓ web/);
  });

  test.each([
    ['calm', [100, 120, 90], 'plain'],
    ['over 80 %', [100, 120, 350], 'warn'],
    ['over 80 % all the time', [350, 360, 350], 'warn'],
    ['over 95 % for two seconds', [100, 390, 399], 'warn'],
    ['over 95 % for three seconds', [390, 385, 399], 'bad'],
    ['over 95 % for as long as it runs, two seconds', [390, 399], 'warn'],
    ['not measured', [null, null, null], 'plain'],
  ] as const)('CPU %s', (_, cpu, tone) => {
    const empty = { memory: [], connections: [], requests: [], lag: [], latency: [] };
    const state = {
      ...shopState(),
      selected: null,
      history: new Map([['api', { name: 'api', at: NOW, counted: new Map(), total: { cpu, ...empty }, workers: [] }]]),
    };
    const theme = plainTheme({ color: true, styles: true });
    const row = paintOverview(state, 100, 29, theme).find((text) => text.includes('api'));
    const code = { plain: '', warn: `${ESCAPE}[1;33m`, bad: `${ESCAPE}[1;31m` }[tone];
    expect(row).toContain(`${code}   150%`);
  });
});

describe('what is wrong', () => {
  const lines = (apps: Parameters<typeof shopState>[1], width = 100, height = 29): string =>
    rowsOf(shopState({}, apps), width, height).slice(0, 2).join('\n');

  test('nothing', () => {
    expect(lines(CROWD)).not.toContain('▲');
  });

  test('cause, when it goes on, and what to type', () => {
    expect(lines([MAILER], 140)).toContain(
      ' ▲ 1 problem   mailer: exits with exit code 1 after 0.4s, try 14; next try in 8s  See: zdm logs mailer --err',
    );
  });

  test('several are named', () => {
    expect(lines([MAILER, { ...MAILER, id: 9, name: 'second', retryAt: null }])).toContain(
      ' ▲ 2 problems   mailer: exits with exit code 1 after 0.4s, try 14; next try in 8s, also second',
    );
  });

  test('on a low screen the header says that something is', () => {
    expect(rowsOf(shopState(), 80, 9)[0]).toContain('▲ 1 problem ');
    expect(rowsOf(shopState(), 80, 9)[1]).toContain('APP');
  });
});

test.each([
  [[1, 2], 'g1,2'],
  [[16, 17], 'mixed'],
  [[1, 1], ' g1'],
  [[8, 9, 10], 'mixed'],
])('after an abort the generations %j are shown as %s', (generations, shown) => {
  const workers = generations.map((generation, slot) => aWorker(slot + 1, slot, { generation }));
  const app = anApp(0, 'api', { generation: generations[0]!, workers });
  const state = { ...shopState({}, [app]), apps: [app] };
  expect(paintOverview(state, 100, 29, plainTheme()).find((row) => row.startsWith('> api'))).toContain(shown);
});
