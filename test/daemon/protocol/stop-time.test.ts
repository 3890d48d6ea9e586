import { expect, test } from 'vitest';
import { stopTime } from '../../../daemon/protocol/stop-time.ts';

test.each([
  [[], 10_000],
  [[5_000], 20_000],
  [[5_000, 60_000, 1_000], 130_000],
])('kill timeouts %j: %d ms', (timeouts, expected) => {
  expect(stopTime(timeouts.map((killTimeout) => ({ killTimeout })))).toBe(expected);
});
