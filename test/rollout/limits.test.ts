import { expect, test } from 'vitest';
import { isHung, judge, NO_STREAK, type Streak } from '../../daemon/rollout/limits.ts';

const LIMITS = { memory: 1_000, cpu: 95, hang: null, memorySamples: 3, cpuSamples: 2, grace: 30_000 };
const OLD = 60_000;

/** What comes of samples, one after the other. */
function after(...samples: { memory?: number | null; cpu?: number | null; uptime?: number }[]) {
  let streak: Streak = NO_STREAK;
  return samples.map((sample) => {
    const verdict = judge(LIMITS, streak, { memory: 10, cpu: 1, silence: 0, uptime: OLD, ...sample });
    streak = verdict.streak;
    return verdict.excess;
  });
}

test('so many samples in a row are too much', () => {
  expect(after({ memory: 1_001 }, { memory: 1_001 }, { memory: 1_001 })).toEqual([null, null, 'memory']);
  expect(after({ cpu: 96 }, { cpu: 100 })).toEqual([null, 'cpu']);
});

test('the limit itself is no excess, and one good sample begins anew', () => {
  expect(after({ memory: 1_000 }, { memory: 1_000 }, { memory: 1_000 })).toEqual([null, null, null]);
  expect(after({ cpu: 96 }, { cpu: 95 }, { cpu: 96 })).toEqual([null, null, null]);
});

test('memory and CPU are counted apart', () => {
  expect(after({ memory: 2_000 }, { cpu: 99 }, { memory: 2_000 }, { cpu: 99 })).toEqual([null, null, null, null]);
});

test('a new worker is left alone', () => {
  const young = { memory: 2_000, uptime: 29_999 };
  expect(after(young, young, young, { memory: 2_000 }, { memory: 2_000 }, { memory: 2_000 })).toEqual(
    Array.from({ length: 6 }, (_, index) => (index === 5 ? 'memory' : null)),
  );
});

test('what was not measured is no excess', () => {
  expect(after({ cpu: 99 }, { cpu: null }, { cpu: 99 })).toEqual([null, null, null]);
});

test('without a limit nothing is too much', () => {
  const free = { ...LIMITS, memory: null, cpu: null, memorySamples: 1, cpuSamples: 1 };
  expect(judge(free, NO_STREAK, { memory: 1e12, cpu: 800, silence: 100, uptime: OLD })).toMatchObject({
    excess: null,
    high: null,
  });
});

test.each([
  [800, null],
  [801, 80],
  [1_500, 150],
])('memory of %d is told as %s percent of 1000', (memory, high) => {
  expect(judge(LIMITS, NO_STREAK, { memory, cpu: 0, silence: 0, uptime: OLD }).high).toBe(high);
});

test.each<[number | null, number, number, 'hang' | null]>([
  [5_000, 4, OLD, null],
  [5_000, 5, OLD, 'hang'],
  [4_500, 5, OLD, 'hang'],
  [500, 1, OLD, 'hang'],
  [500, 0, OLD, null],
  // The grace and its own time have to be over: what it was silent before is not held against it.
  [5_000, 34, 34_999, null],
  [5_000, 35, 35_000, 'hang'],
  [null, 1_000, OLD, null],
])('hang_timeout of %s ms, silent for %d looks, up for %d ms: %s', (hang, silence, uptime, excess) => {
  expect(judge({ ...LIMITS, hang }, NO_STREAK, { memory: 10, cpu: 1, silence, uptime }).excess).toBe(excess);
});

test('blocked says more than busy', () => {
  const busy = { ...LIMITS, hang: 2_000, cpuSamples: 1 };
  expect(judge(busy, NO_STREAK, { memory: 10, cpu: 100, silence: 2, uptime: OLD }).excess).toBe('hang');
});

test('without limits nothing is hung', () => expect(isHung(null, 100)).toBe(false));
