import { beforeAll, expect, test } from 'vitest';
import type { AppEvent } from '../../../daemon/protocol/model.ts';
import { eventLine, eventWords } from '../../../ui/paint/event.ts';
import { exitHint } from '../../../ui/paint/exit.ts';
import { renderLine } from '../../../ui/paint/line.ts';
import { eventTime, shortTime } from '../../../ui/paint/time.ts';
import { NOW, sampleApp, sampleReceipt, sampleSpec } from '../../cli/sample-apps.ts';
import { plainTheme } from '../samples.ts';

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});

const DONE = {
  type: 'operation',
  at: NOW - 60_000,
  op: 'op-1',
  kind: 'reload',
  by: null,
  from: 16,
  to: 17,
  reason: null,
  took: 14_200,
  receipt: sampleReceipt(),
} as const satisfies AppEvent;
const EXIT = {
  type: 'exit',
  at: NOW - 76 * 3_600_000,
  slot: 3,
  pid: 48_001,
  generation: 17,
  code: 137,
  signal: null,
  uptime: 76 * 3_600_000,
} as const satisfies AppEvent;

test.each<[AppEvent, string]>([
  [
    { ...DONE, by: 'deploy (zdm reload api)' },
    '11:59:00  reload g16 → g17 done, 4/4, 14.2s, 0 connections cut (deploy (zdm reload api))',
  ],
  [{ ...DONE, reason: 'not ready within 10s.' }, '11:59:00  reload g16 → g17 failed after 14.2s: not ready within 10s'],
  [{ ...DONE, kind: 'start', from: 0, to: 1 }, '11:59:00  start g1 done, 4/4, 14.2s'],
  [{ ...DONE, kind: 'stop', receipt: null }, '11:59:00  stop done, 14.2s'],
  [
    { ...DONE, kind: 'scale', from: 17, receipt: sampleReceipt({ replaced: 0, slots: 0, cut: 1 }) },
    '11:59:00  scale done, 14.2s, 1 connection cut',
  ],
  [EXIT, 'Nov 18    slot 3 ended with exit code 137 after 3d4h, pid 48001, g17'],
  [
    { ...EXIT, code: null, signal: 'SIGKILL', at: NOW },
    '12:00:00  slot 3 ended with signal SIGKILL after 3d4h, pid 48001, g17',
  ],
])('%j', (event, text) => {
  expect(renderLine(eventLine(event, sampleApp('api'), NOW, plainTheme()), 200, plainTheme())).toBe(text);
});

test('a cut is a warning, a failure is bad; in fork mode connections are not seen', () => {
  const { spec } = sampleApp('api');
  const cut = { ...DONE, receipt: sampleReceipt({ cut: 2 }) };
  expect(eventWords(DONE, spec).tone).toBe('plain');
  expect(eventWords(cut, spec).tone).toBe('warn');
  expect(eventWords({ ...DONE, reason: 'x' }, spec).tone).toBe('bad');
  expect(eventWords(EXIT, spec).tone).toBe('warn');
  expect(eventWords(cut, sampleSpec({ execMode: 'fork' }))).toEqual({
    text: 'reload g16 → g17 done, 4/4, 14.2s',
    tone: 'plain',
  });
});

test('told as a whole, with all that the receipt says', () => {
  expect(eventWords(DONE, sampleApp('api').spec, { whole: true }).text).toBe(
    'reload g16 → g17 done, 4/4, 14.2s, 0 cut, 64 connections moved, 3 draining; 1,204 requests by the old code, 310 by the new',
  );
});

test.each([
  [0, '12:00:00'],
  [11 * 3_600_000, '01:00:00'],
  [13 * 3_600_000, 'Nov 20 23:00'],
  [16 * 24 * 3_600_000, 'Nov  5 12:00'],
  [400 * 24 * 3_600_000, '2025-10-17'],
])('%i ms ago is %s', (ago, text) => {
  expect(eventTime(NOW - ago, NOW)).toBe(text);
});

test.each([
  [0, '12:00:00'],
  [16 * 24 * 3_600_000, 'Nov 5'],
  [400 * 24 * 3_600_000, 'Oct 2025'],
])('%i ms ago is in short %s', (ago, text) => {
  expect(shortTime(NOW - ago, NOW)).toBe(text);
});

test.each([
  [137, null, /memory/],
  [null, 'SIGKILL', /memory/],
  [134, null, /heap/],
  [null, 'SIGABRT', /heap/],
  [null, 'SIGSEGV', /native/],
  [0, null, /by itself/],
])('exit code %s, signal %s mostly means %s', (code, signal, words) => {
  expect(exitHint({ ...EXIT, code, signal })).toMatch(words);
});

test.each([
  [1, null],
  [null, 'SIGTERM'],
  [null, 'EACCES'],
])('exit code %s, signal %s says nothing by itself', (code, signal) => {
  expect(exitHint({ ...EXIT, code, signal })).toBe(null);
});
