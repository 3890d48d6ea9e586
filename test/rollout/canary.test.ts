// The rule that daemon/rollout/canary.ts documents, line by line.
import { describe, expect, test } from 'vitest';
import { judgeCanary } from '../../daemon/rollout/canary.ts';
import type { CanaryPlan, Cohort, Verdict } from '../../daemon/protocol/model.ts';

const PLAN: CanaryPlan = {
  share: { unit: 'count', value: 1 },
  bake: 60_000,
  maxErrorRate: 0.01,
  maxLatencyRatio: 2,
  minRequests: 100,
};

const cohort = (requests: number, errors = 0, latency: number | null = 20): Cohort => ({ requests, errors, latency });
const FINE = cohort(1_000);

type Row = [name: string, old: Cohort, fresh: Cohort, verdict: Verdict | null, plan?: Partial<CanaryPlan>];

function verdict(old: Cohort, fresh: Cohort, over: boolean, plan: Partial<CanaryPlan> = {}): Verdict | null {
  return judgeCanary({ ...PLAN, ...plan }, old, fresh, over)?.verdict ?? null;
}

describe('before its time is up', () => {
  test.each<Row>([
    ['good answers decide nothing', FINE, cohort(5_000), null],
    ['slow ones do not, either', FINE, cohort(5_000, 0, 9_000), null],
    ['too many errors decide at once', FINE, cohort(100, 2), 'fail'],
    ['as many as are allowed do not', FINE, cohort(100, 1), null],
    ['one more of more answers does', FINE, cohort(1_000, 11), 'fail'],
    ['one request too few is too few', FINE, cohort(99, 99), null],
    ['the old code has as many', cohort(1_000, 20), cohort(100, 2), null],
    ['the old code has more', cohort(1_000, 50), cohort(100, 2), null],
    ['the old code has a few less', cohort(1_000, 19), cohort(100, 2), 'fail'],
    ['nobody asked the old code', cohort(0, 0, null), cohort(100, 2), 'fail'],
    ['nothing was asked of either', cohort(0, 0, null), cohort(0, 0, null), null],
    ['no errors are allowed, and there is one', FINE, cohort(100, 1), 'fail', { maxErrorRate: 0 }],
    ['no errors are allowed, and there is none', FINE, cohort(100, 0), null, { maxErrorRate: 0 }],
    ['all may be errors', FINE, cohort(100, 100), null, { maxErrorRate: 1 }],
    ['the first answer counts, where none are needed', FINE, cohort(1, 1), 'fail', { minRequests: 0 }],
    ['no answer is no error, where none are needed', FINE, cohort(0, 0, null), null, { minRequests: 0 }],
  ])('%s', (_, old, fresh, expected, plan) => expect(verdict(old, fresh, false, plan)).toBe(expected));
});

describe('when its time is up', () => {
  test.each<Row>([
    ['good answers pass', FINE, cohort(100), 'pass'],
    ['as many errors as are allowed pass', FINE, cohort(100, 1), 'pass'],
    ['more fail', FINE, cohort(100, 2), 'fail'],
    ['more pass where the old code has as many', cohort(1_000, 20), cohort(100, 2), 'pass'],
    ['one request too few is no verdict', FINE, cohort(99), 'inconclusive'],
    ['not even when all of them were errors', FINE, cohort(99, 99), 'inconclusive'],
    ['nor without any', FINE, cohort(0, 0, null), 'inconclusive'],
    ['none are needed, and there were none', FINE, cohort(0, 0, null), 'pass', { minRequests: 0 }],
    ['none are needed of either', cohort(0, 0, null), cohort(0, 0, null), 'pass', { minRequests: 0 }],
    ['twice as slow passes', FINE, cohort(100, 0, 40), 'pass'],
    ['slower than that fails', FINE, cohort(100, 0, 41), 'fail'],
    ['slower by the noise of a machine passes', cohort(1_000, 0, 2), cohort(100, 0, 7), 'pass'],
    ['slower by more than that fails', cohort(1_000, 0, 2), cohort(100, 0, 8), 'fail'],
    ['noise counts from nothing', cohort(1_000, 0, 0), cohort(100, 0, 5), 'pass'],
    ['and what is more does too', cohort(1_000, 0, 0), cohort(100, 0, 6), 'fail'],
    ['any ratio will do', FINE, cohort(100, 0, 9_000), 'pass', { maxLatencyRatio: null }],
    ['a ratio of one allows no more', FINE, cohort(100, 0, 26), 'fail', { maxLatencyRatio: 1 }],
    ['a ratio of one allows the same, and noise', FINE, cohort(100, 0, 25), 'pass', { maxLatencyRatio: 1 }],
    ['the old code was asked enough', cohort(100), cohort(100), 'pass'],
    ['the old code was asked too little to compare', cohort(99), cohort(100), 'inconclusive'],
    ['the old code was asked nothing', cohort(0, 0, null), cohort(100), 'inconclusive'],
    [
      'that does not matter without a ratio',
      cohort(0, 0, null),
      cohort(100, 0, 9_000),
      'pass',
      { maxLatencyRatio: null },
    ],
    // Event streams have no time.
    ['no answer of the old code has a time', cohort(1_000, 0, null), cohort(100, 0, 9_000), 'pass'],
    ['no answer of the new code has a time', FINE, cohort(100, 0, null), 'pass'],
    ['errors come before slowness', cohort(10), cohort(100, 2, 9_000), 'fail'],
  ])('%s', (_, old, fresh, expected, plan) => expect(verdict(old, fresh, true, plan)).toBe(expected));
});

test.each<[Cohort, Cohort, string]>([
  [cohort(1_000, 4), cohort(200, 3), '1.5% of 200 answers were errors, limit 1%; the old code 0.4% of 1000'],
  [FINE, cohort(100, 0, 61), 'p95 61ms, 3.1 times the 20ms of the old code, limit 2'],
  [cohort(1_000, 0, 0), cohort(100, 0, 9), 'p95 9ms, 9 times the 0ms of the old code, limit 2'],
  [FINE, cohort(7), '7 requests, 100 are needed for a verdict'],
  [cohort(7), FINE, '7 requests to the old code, 100 are needed'],
  [FINE, cohort(200, 1, 30), '0.5% errors of 200 requests, p95 30ms against 20ms'],
  [FINE, cohort(200, 0, null), '0% errors of 200 requests'],
])('the reason has the figures (%#)', (old, fresh, reason) => {
  expect(judgeCanary(PLAN, old, fresh, true)?.reason).toBe(reason);
});
