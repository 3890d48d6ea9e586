import { describe, expect, test } from 'vitest';
import {
  exitWords,
  formatAge,
  formatBytes,
  formatPercent,
  formatTook,
  plural,
  retryText,
} from '../../../daemon/protocol/format.ts';

const KB = 1024;
const MB = KB * 1024;
const GB = MB * 1024;
const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000] as const;

test.each([
  [0, '0B'],
  [999, '999B'],
  [1_000, '1K'],
  [812 * KB, '812K'],
  [201 * MB, '201M'],
  [999 * MB, '999M'],
  [1_000 * MB, '1.0G'],
  [1.44 * GB, '1.4G'],
  [9.96 * GB, '10G'],
  [64 * GB, '64G'],
  [2_000 * GB, '2.0T'],
  [5_000_000 * GB, '4883T'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('sizes of one machine fit in four characters', () => {
  for (let bytes = 1; bytes < 900_000 * GB; bytes = Math.ceil(bytes * 1.013)) {
    expect(formatBytes(bytes).length).toBeLessThanOrEqual(4);
  }
});

test.each([
  [-5, '0s'],
  [0, '0s'],
  [999, '0s'],
  [12 * SECOND, '12s'],
  [59_999, '59s'],
  [MINUTE, '1m'],
  [3 * MINUTE + 20 * SECOND, '3m20s'],
  [10 * MINUTE + 20 * SECOND, '10m'],
  [HOUR - 1, '59m'],
  [HOUR, '1h'],
  [9 * HOUR + 59 * MINUTE, '9h59m'],
  [19 * HOUR + 5 * MINUTE, '19h'],
  [DAY, '1d'],
  [3 * DAY + 4 * HOUR, '3d4h'],
  [400 * DAY + 4 * HOUR, '400d'],
])('%d ms ago is %s', (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

test.each([
  [0, '0ms'],
  [8.4, '8ms'],
  [99, '99ms'],
  [100, '0.1s'],
  [900, '0.9s'],
  [14_230, '14.2s'],
  [60_000, '1m'],
  [200_000, '3m20s'],
])('%d ms took %s', (ms, text) => {
  expect(formatTook(ms)).toBe(text);
});

describe('the rest', () => {
  test('percent', () => expect([0, 0.4, 36.2, 250].map(formatPercent)).toEqual(['0%', '0%', '36%', '250%']));
  test('plural', () =>
    expect([0, 1, 2].map((count) => plural(count, 'worker'))).toEqual(['0 workers', '1 worker', '2 workers']));
  test.each([
    [0, null, 'exit code 0'],
    [1, null, 'exit code 1'],
    [null, 'SIGKILL', 'signal SIGKILL'],
    [null, null, 'exit code unknown'],
  ])('exit %j, %j: %s', (code, signal, text) => expect(exitWords(code, signal)).toBe(text));
});

test.each([
  [1, 'next try in 1s'],
  [1_000, 'next try in 1s'],
  [1_001, 'next try in 2s'],
  [200_000, 'next try in 3m20s'],
  [0, 'next try now'],
  [-5_000, 'next try now'],
])('what is tried again in %d ms: %s', (left, text) => {
  expect(retryText(70_000 + left, 70_000)).toBe(text);
});
