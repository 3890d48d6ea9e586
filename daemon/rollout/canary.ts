// PURE: whether new code does as well as the old on its part of the traffic.
//
// The rule, as documented in docs/rollouts.md:
//  - It fails as soon as it has answered `minRequests`, more than `maxErrorRate` of them with an error, and a larger part than
//    the old code did meanwhile. (What is down behind both is no fault of the new code.)
//  - At the end of its time it fails when 95 of 100 answers took more than `maxLatencyRatio` times what those of the old code
//    took, and a few ms more.
//  - Without `minRequests` at the end, of the old code too where there is a ratio, there is no verdict: inconclusive.
//  - Else it passes.
import type { CanaryPlan, Cohort, Verdict } from '../protocol/model.ts';

/** Differences (ms) that are the noise of a machine. */
const NOISE = 5;

interface Judgement {
  readonly verdict: Verdict;
  /** With the figures it rests on. */
  readonly reason: string;
}

/** The verdict on `fresh`; null while it is not due and nothing is clear. `over`: its time is up. */
export function judgeCanary(plan: CanaryPlan, old: Cohort, fresh: Cohort, over: boolean): Judgement | null {
  const { minRequests, maxErrorRate, maxLatencyRatio } = plan;
  const enough = fresh.requests >= minRequests;
  const rate = rateOf(fresh);
  if (enough && rate > maxErrorRate && rate > rateOf(old)) {
    const before = `the old code ${percent(rateOf(old))} of ${old.requests}`;
    return failed(
      `${percent(rate)} of ${fresh.requests} answers were errors, limit ${percent(maxErrorRate)}; ${before}`,
    );
  }
  if (!over) return null;
  if (!enough)
    return { verdict: 'inconclusive', reason: `${fresh.requests} requests, ${minRequests} are needed for a verdict` };
  if (maxLatencyRatio !== null && old.requests < minRequests)
    return { verdict: 'inconclusive', reason: `${old.requests} requests to the old code, ${minRequests} are needed` };
  const { latency } = fresh;
  const base = old.latency;
  if (maxLatencyRatio !== null && latency !== null && base !== null) {
    if (latency > base * maxLatencyRatio && latency > base + NOISE) {
      const ratio = Math.round((latency / Math.max(1, base)) * 10) / 10;
      return failed(`p95 ${latency}ms, ${ratio} times the ${base}ms of the old code, limit ${maxLatencyRatio}`);
    }
  }
  const times = latency === null || base === null ? '' : `, p95 ${latency}ms against ${base}ms`;
  return { verdict: 'pass', reason: `${percent(rate)} errors of ${fresh.requests} requests${times}` };
}

function failed(reason: string): Judgement {
  return { verdict: 'fail', reason };
}

function rateOf({ requests, errors }: Cohort): number {
  return requests === 0 ? 0 : errors / requests;
}

function percent(rate: number): string {
  return `${Math.round(rate * 1_000) / 10}%`;
}
