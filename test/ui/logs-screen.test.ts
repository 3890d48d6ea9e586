// The logs screen as it is painted.
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { paintBody } from '../../ui/screens/body.ts';
import { paintLogs } from '../../ui/screens/logs.ts';
import type { LogsMove } from '../../ui/state/logs.ts';
import type { Action, DashState } from '../../ui/state/state.ts';
import { reduce } from '../../ui/state/reducer.ts';
import { NASTY, pick, randomState, seeded } from './random.ts';
import { anApp, aWorker, NOW, plainTheme, stateAfter } from './samples.ts';
import { aLine, lines, logsState } from './sample-logs.ts';

const SIZES = [
  [100, 30],
  [80, 24],
  [60, 15],
  [40, 8],
] as const;

const press = (command: LogsMove, key = ''): Action => ({ type: 'command', command, key });
const type = (purpose: 'search' | 'keep', text: string): Action => ({
  type: 'field',
  field: { purpose, text, cursor: text.length },
});

const SCENES: Readonly<Record<string, readonly Action[]>> = {
  following: [],
  'a search, paused': [
    type('search', 'timeout'),
    press('previous-match'),
    press('set-mark'),
    { type: 'logs-lines', lines: lines(5000, 218), whole: false },
  ],
  'long lines wrapped': [press('wrap')],
  'to the right': [press('right')],
  'stderr of one slot, age': [press('stream'), press('stream'), press('slot', '1'), press('time')],
  'a pattern that is none': [type('keep', '/(/')],
  'nothing passes': [type('keep', 'nowhere')],
  'nothing was printed': [{ type: 'logs-lines', lines: [], whole: true }],
  'daemon away': [
    { type: 'lost', at: NOW, retryAt: NOW + 2000, reason: null },
    { type: 'tick', at: NOW + 12_000 },
  ],
};

function paint(state: DashState, options: Parameters<typeof plainTheme>[0] = {}): string[] {
  const { columns, rows } = state;
  // Where there is room, the last row is that of the keys.
  return paintBody(state, columns, rows >= 10 ? rows - 1 : rows, plainTheme(options));
}

describe.each(SIZES)('at %ix%i', (width, height) => {
  test.each(Object.keys(SCENES))('%s', (name) => {
    const rows = paint(logsState(width, height, ...(SCENES[name] ?? [])));
    expect(rows.map((row) => row.trimEnd()).join('\n')).toMatchSnapshot();
  });
});

test('the output of several apps says whose it is', () => {
  const apps = [anApp(0, 'api', { wanted: 12 }), anApp(1, 'payments-thumbnailer-of-the-shop-a', { wanted: 1 })];
  const output = [
    aLine(1, 'GET / 200'),
    aLine(1, 'resized', { app: 'payments-thumbnailer-of-the-shop-a' }),
    aLine(2, '    below', { app: 'payments-thumbnailer-of-the-shop-a' }),
    aLine(2, 'GET / 200', { slot: 11 }),
  ];
  const state = stateAfter(
    { type: 'snapshot', apps, at: NOW },
    { type: 'command', command: 'mark-all', key: '*' },
    { type: 'command', command: 'logs', key: 'l' },
    { type: 'logs-lines', lines: output, whole: true },
  );
  const shown = (width: number): string[] => paintLogs(state, width, 6, plainTheme()).map((row) => row.trimEnd());
  expect(shown(100)).toMatchSnapshot();
  expect(shown(80)).toMatchSnapshot();
  expect(shown(60)).toMatchSnapshot();
});

test('hits are inverse, with colours and without; the tones of stderr only with them', () => {
  const state = logsState(100, 30, type('search', 'TIMEOUT'), type('search', 'timeout'));
  const plain = paint(state, { styles: true }).join('\n');
  expect(plain).toContain('\u001B[7mtimeout\u001B[0m');
  expect(plain).not.toMatch(/\[(?:\d+;)*3\dm/);
  expect(paint(state, { styles: true, color: true }).join('\n')).toContain('\u001B[1;33m err \u001B[0m');
});

test('the date is there when it is asked for', () => {
  const row = paint(logsState(100, 30, press('time'), press('time')))[1];
  expect(row).toMatch(/^ 2026-11-2\d 12:06:57 2 out GET/);
  expect(paint(logsState(100, 30, press('time'), press('time'), press('time')))[1]).toMatch(/^ 2 out GET/);
});

test('the screen of an app that is being asked for says so', () => {
  const rows = paint(
    stateAfter({ type: 'snapshot', apps: [anApp(0, 'api')], at: NOW }, { type: 'command', command: 'logs', key: 'l' }),
  );
  expect(rows[2]).toContain('Asking for the output');
});

test('any lines in any size give exactly the rows, none too wide, no control character, and the same in ASCII', () => {
  const KEYS: readonly LogsMove[] = ['previous', 'page-up', 'first', 'wrap', 'time', 'right', 'set-mark', 'follow'];
  for (let seed = 1; seed <= 120; seed += 1) {
    const random = seeded(seed);
    const columns = 20 + Math.floor(random() * 231);
    const rows = 5 + Math.floor(random() * 76);
    const names = ['api', '支付服务-工人-一号', 'x'.repeat(40)];
    const output = Array.from({ length: Math.floor(random() * 300) }, (_, at) =>
      aLine(at + 1, `${pick(random, NASTY)} ${pick(random, NASTY)}`, {
        app: pick(random, names),
        at: random() < 0.1 ? null : NOW - 1000 + at,
        slot: pick(random, [null, 0, 1, 12]),
        stream: pick(random, ['out', 'err']),
      }),
    );
    const actions: readonly Action[] = [
      { type: 'resize', columns, rows },
      { type: 'logs-lines', lines: output, whole: true },
      type('search', pick(random, ['', 'a', 'x', '支', 'long'])),
      type('keep', pick(random, ['', '!z', 'e', '/(/'])),
      ...Array.from({ length: Math.floor(random() * 12) }, () => press(pick(random, KEYS))),
      { type: 'logs-lines', lines: output.slice(0, 20), whole: false },
    ];
    const logs = { ...stateAfter().logs, apps: random() < 0.5 ? [] : ['api'] };
    const begin: DashState = { ...randomState(random), logs, trail: [{ view: 'logs', row: 0, pane: 0 }] };
    const state = actions.reduce(reduce, begin);
    const where = `seed ${seed}, ${columns}x${rows}`;
    const painted = paintLogs(state, columns, rows, plainTheme());
    expect(painted.length, where).toBe(rows);
    for (const text of painted) {
      expect(/[\p{Cc}\p{Bidi_Control}\p{Surrogate}]/u.test(text), `${where}: ${JSON.stringify(text)}`).toBe(false);
      expect(stringWidth(text), `${where}: ${text}`).toBeLessThanOrEqual(columns);
    }
    const ascii = paintLogs(state, columns, rows, plainTheme({ unicode: false }));
    expect(ascii.join(''), where).toMatch(/^[ -~]*$/);
    expect(ascii.map((text) => stringWidth(text))).toEqual(painted.map((text) => stringWidth(text)));
  }
});

test('no size makes it throw', () => {
  for (const [width, height] of [
    [0, 0],
    [1, 1],
    [3, 2],
    [8, 40],
    [500, 200],
  ] as const) {
    expect(paintLogs(logsState(width, height, press('wrap')), width, height, plainTheme())).toHaveLength(height);
  }
});

test('a daemon that hangs is no end that is followed', () => {
  const state = { ...logsState(100, 30), apps: [anApp(0, 'api', { workers: [aWorker(1, 0)] })] };
  expect(paint({ ...state, link: { ...state.link, phase: 'live', heardAt: state.now - 12_000 } })[0]).toMatch(
    /silent 12s$/,
  );
  expect(paint({ ...state, link: { ...state.link, phase: 'live', heardAt: state.now } })[0]).toMatch(/following$/);
});
