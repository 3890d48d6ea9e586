import { expect, test } from 'vitest';
import { milliseconds } from '../../../daemon/protocol/duration.ts';

test.each([
  [500, 500],
  [1.4, 1],
  ['500', 500],
  ['10s', 10_000],
  [' 2 m ', 120_000],
  ['1.5h', 5_400_000],
  ['1 second', 1_000],
  ['5 seconds', 5_000],
  ['2 mins', 120_000],
  ['3 hours', 10_800_000],
  ['250 msecs', 250],
])('%j is %d ms', (text, ms) => expect(milliseconds(text)).toBe(ms));

test.each(['', 's', '10 days', '1s2', '-1', 'NaN', Number.NaN, Infinity, null, true])('%j is none', (text) =>
  expect(milliseconds(text)).toBeUndefined(),
);
