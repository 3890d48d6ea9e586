import { describe, expect, test } from 'vitest';
import { backoff, isFinish, recordDeath, throttled } from '../../daemon/rollout/restarts.ts';
import { UNTROUBLED } from '../../daemon/rollout/fleet.ts';
import type { Policy, Slot } from '../../daemon/rollout/types.ts';
import { POLICY } from './stage.ts';

test.each([
  [0, 0, 0],
  [1, 0, 0],
  [1, 0.99, 0],
  [2, 0, 100],
  [2, 0.4, 90],
  [3, 0, 200],
  [9, 0, 12_800],
  [10, 0, 15_000],
  [10, 0.999, 11_254],
  [5_000, 0, 15_000],
])('after %d deaths in a row, with random %d, the pause is %d ms', (failures, random, pause) => {
  expect(backoff(failures, random)).toBe(pause);
});

test.each([
  ['it died at once', 1, 0, 1_000],
  ['it had lived a part of it', 1, 400, 600],
  ['it had lived longer', 1, 1_000, 0],
  ['the second time', 2, 100, 1_900],
  ['at most', 9, 0, 8_000],
])('a throttle, %s', (_, failures, age, pause) => {
  expect(throttled({ first: 1_000, most: 8_000 }, failures, age)).toBe(pause);
});

test('a throttle comes in place of the backoff', () => {
  const one = slot(0);
  const policy = { ...POLICY, throttle: { first: 1_000, most: 8_000 } };
  recordDeath(one, policy, { at: 50_000, uptime: 0, age: 300, why: 'code 1', random: 0 });
  expect(one).toMatchObject({ failures: 1, retryAt: 50_700 });
});

const BLANK: Slot = { index: 0, generation: 1, ...UNTROUBLED };
const slot = (failures: number): Slot => ({ ...BLANK, failures, failingSince: 49_000 });

test.each<[Partial<Policy>, number | null, boolean]>([
  [{}, 0, false],
  [{ stopExitCodes: [0] }, 0, true],
  [{ stopExitCodes: [0, 3] }, 3, true],
  [{ stopExitCodes: [0, 3] }, 1, false],
  [{ stopExitCodes: [0] }, null, false],
  [{ autorestart: false }, 0, true],
  [{ autorestart: false }, 1, false],
  [{ autorestart: false }, null, false],
])('%j: exit code %s is what the worker was for: %s', (policy, code, finished) => {
  expect(isFinish({ ...POLICY, ...policy }, code)).toBe(finished);
});

describe('a death', () => {
  const death = { at: 50_000, uptime: 10, age: 10, why: 'code 1', random: 0 };

  test.each([
    ['the first quick one', 0, 10, 900_000, { failures: 1, failingSince: 50_000, retryAt: 50_000 }],
    ['the third quick one', 2, 10, 900_000, { failures: 3, failingSince: 49_000, retryAt: 50_200 }],
    ['just below min_uptime', 2, 999, 900_000, { failures: 3, failingSince: 49_000, retryAt: 50_200 }],
    ['at min_uptime', 2, 1_000, 900_000, { failures: 1, failingSince: 50_000, retryAt: 50_000 }],
    ['just within the window', 2, 10, 1_001, { failures: 3, failingSince: 49_000, retryAt: 50_200 }],
    ['at its end', 2, 10, 1_000, { failures: 1, failingSince: 50_000, retryAt: 50_000 }],
    ['a window without an end', 2, 10, 0, { failures: 3, failingSince: 49_000, retryAt: 50_200 }],
  ])('%s', (_, failures, uptime, restartWindow, expected) => {
    const one = slot(failures);
    recordDeath(one, { ...POLICY, restartWindow }, { ...death, uptime });
    expect(one).toEqual({ ...BLANK, ...expected });
  });

  test.each([
    [
      'one too many',
      { maxRestarts: 3 },
      3,
      10,
      'it died 4 times in a row without staying up for 1000ms, at last with code 1',
    ],
    ['none is allowed', { maxRestarts: 0 }, 0, 10, 'it died (code 1) and max_restarts is 0'],
    ['none is allowed, after days', { maxRestarts: 0 }, 0, 1e9, 'it died (code 1) and max_restarts is 0'],
    ['autorestart is off', { autorestart: false }, 0, 1e9, 'it ended (code 1) and autorestart is off'],
  ])('%s: the slot is given up', (_, policy, failures, uptime, reason) => {
    const one = slot(failures);
    recordDeath(one, { ...POLICY, ...policy }, { ...death, uptime });
    expect(one.givenUp).toBe(reason);
  });
});
