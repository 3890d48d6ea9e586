import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { paintBody } from '../../ui/screens/body.ts';
import type { DashState } from '../../ui/state/state.ts';
import { pick, randomState, seeded } from './random.ts';
import { aSlot, anApp, anOperation, aWorker, FLEET_ACTION, NOW, plainTheme, RECEIPT, stateAfter } from './samples.ts';

const SIZES = [
  [80, 24],
  [120, 40],
] as const;

/** The first line of what node prints says most, the last ones nothing. */
const STACK = [
  '/srv/api/main.js:7',
  "    throw new Error('no database');",
  '    ^',
  '',
  'Error: no database',
  '    at main.js:7:11',
  '    at node:internal/main/run_main_module:28:49',
  '',
  'Node.js v20.20.2',
];

const fleet = stateAfter(FLEET_ACTION);
const ended = (changes: Parameters<typeof anOperation>[0]): DashState =>
  stateAfter({
    type: 'snapshot',
    at: NOW,
    apps: [
      anApp(0, 'api', {
        workers: [aWorker(5, 1), aWorker(6, 2)],
        operations: [anOperation({ endedAt: NOW, startedAt: NOW - 14_200, ...changes })],
      }),
    ],
  });

const SCENES: Readonly<Record<string, DashState>> = {
  overview: fleet,
  'overview, workers of the selected app hidden': stateAfter(FLEET_ACTION, { type: 'command', command: 'collapse' }),
  'app view': { ...fleet, view: 'app' },
  'app view of a crashing app': { ...fleet, view: 'app', selected: 'mailer' },
  'overview, a crashing app selected': { ...fleet, selected: 'mailer' },
  'reload refused': ended({
    phase: 'failed',
    slots: [aSlot(1, 'failed'), aSlot(2, 'waiting')],
    failure: { slot: 1, reason: 'the new worker ended with exit code 1 before it was ready', lines: STACK },
    receipt: { ...RECEIPT, replaced: 0, slots: 2, moved: 0, open: 0, requestsOld: 0, requestsNew: 0 },
  }),
  'reload done': ended({ phase: 'done', slots: [aSlot(1, 'done', 1400), aSlot(2, 'done', 900)], receipt: RECEIPT }),
  'reload done, old workers drain': stateAfter({
    type: 'snapshot',
    at: NOW,
    apps: [
      anApp(0, 'api', {
        wanted: 2,
        workers: [
          aWorker(5, 1),
          aWorker(3, 1, { generation: 16, stage: 'draining', connections: 9, deadline: NOW + 24_000 }),
          aWorker(6, 2),
        ],
        operations: [
          anOperation({
            phase: 'done',
            endedAt: NOW,
            startedAt: NOW - 14_200,
            slots: [{ ...aSlot(1, 'done', 1400), oldPid: 48_203 }, aSlot(2, 'done', 900)],
            receipt: { ...RECEIPT, drained: 7, told: 3, open: 9, handedOver: 1, held: 5, longestHold: 300, gap: 40 },
          }),
        ],
      }),
    ],
  }),
  'reload failed': ended({
    phase: 'failed',
    slots: [aSlot(1, 'failed'), aSlot(2, 'waiting')],
    failure: { slot: 1, reason: 'not ready within 10s', lines: ["Error: Cannot find module 'x'", '    at main.js:1'] },
  }),
  'daemon away': stateAfter(
    FLEET_ACTION,
    { type: 'lost', at: NOW, retryAt: NOW + 2000, reason: null },
    { type: 'tick', at: NOW + 12_000 },
  ),
  'no apps': stateAfter({ type: 'snapshot', apps: [], at: NOW }),
};

describe.each(SIZES)('at %ix%i', (width, height) => {
  test.each(Object.keys(SCENES))('%s', (name) => {
    const rows = paintBody(SCENES[name] as DashState, width, height - 1, plainTheme());
    expect(rows.map((row) => row.trimEnd()).join('\n')).toMatchSnapshot();
  });
});

test('a problem says when the next try is', () => {
  const app = anApp(0, 'mailer', { state: 'backoff', reason: 'slot 0 died 3 times in a row', retryAt: NOW + 7_500 });
  const [, line] = paintBody(stateAfter({ type: 'snapshot', at: NOW, apps: [app] }), 100, 30, plainTheme());
  expect(line).toMatch(/^ ▲ mailer: slot 0 died 3 times in a row; next try in 8s\s*$/);
});

test('colours repeat what the words say, and NO_COLOR leaves the words alone', () => {
  const colored = paintBody(fleet, 80, 23, plainTheme({ color: true, styles: true })).join('\n');
  const plain = paintBody(fleet, 80, 23, plainTheme({ color: false, styles: true })).join('\n');
  const escape = String.fromCodePoint(27);
  expect(colored).toContain(`${escape}[32m  ● online`);
  expect(plain).not.toMatch(new RegExp(String.raw`${escape}\[[\d;]*3\d`));
  expect(plain).toContain('● online');
});

test('without UTF-8 only ASCII is drawn, in the same cells', () => {
  for (const view of ['overview', 'app'] as const) {
    const unicode = paintBody({ ...fleet, view }, 80, 23, plainTheme());
    const ascii = paintBody({ ...fleet, view }, 80, 23, plainTheme({ unicode: false }));
    expect(ascii.join('')).toMatch(/^[ -~]*$/);
    expect(ascii.map((row) => stringWidth(row))).toEqual(unicode.map((row) => stringWidth(row)));
  }
});

test('any state in any size gives exactly its rows, none too wide, and no control character', () => {
  const theme = [plainTheme(), plainTheme({ unicode: false }), plainTheme({ color: true, styles: true })];
  for (let seed = 1; seed <= 250; seed += 1) {
    const random = seeded(seed);
    const state = randomState(random);
    const width = 20 + Math.floor(random() * 231);
    const height = 5 + Math.floor(random() * 76);
    const rows = paintBody({ ...state, columns: width, rows: height }, width, height, pick(random, theme));
    const where = `seed ${seed}, ${width}x${height}`;
    expect(rows.length, where).toBe(height);
    for (const row of rows) {
      const text = row.replaceAll(new RegExp(String.raw`${String.fromCodePoint(27)}\[[\d;]*m`, 'g'), '');
      expect(/[\p{Cc}\p{Bidi_Control}\p{Surrogate}]/u.test(text), `${where}: ${JSON.stringify(text)}`).toBe(false);
      expect(stringWidth(text), `${where}: ${text}`).toBeLessThanOrEqual(width);
    }
  }
});

test('no size makes a painter throw', () => {
  for (const [width, height] of [
    [0, 0],
    [1, 1],
    [3, 2],
    [39, 7],
    [40, 7],
    [40, 8],
    [40, 9],
    [500, 200],
  ] as const) {
    for (const view of ['overview', 'app'] as const) {
      expect(paintBody({ ...fleet, view }, width, height, plainTheme())).toHaveLength(height);
    }
  }
});
