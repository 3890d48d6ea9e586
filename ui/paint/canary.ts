// How a canary gets on, in words.
import type { CanaryStatus, Cohort, Verdict } from '../../daemon/protocol/model.ts';
import { counted } from './count.ts';
import { withoutDot } from './problem.ts';
import { leftText, preciseTook } from './time.ts';

const VERDICTS: Readonly<Record<Verdict, string>> = {
  pass: 'passed',
  fail: 'failed',
  inconclusive: 'inconclusive',
};

/**
 * `1 of 4 workers, 25% of new connections; new 412 requests, 0 errors, p95 12ms; old 1,240 requests, 1 error, p95 11ms; 48s left`.
 * `wanted`: how many workers the app has; without it only those of the canary are told.
 */
export function canaryText(canary: CanaryStatus, now: number, wanted?: number): string {
  const { fresh, old } = canary;
  const time = timeText(canary, now);
  return [shareText(canary, wanted), cohortText('new', fresh), cohortText('old', old), ...(time ? [time] : [])].join(
    '; ',
  );
}

/** `1 of 4 workers, 25% of new connections`. */
export function shareText({ workers, percent }: CanaryStatus, wanted?: number): string {
  const many = wanted === undefined ? counted(workers, 'worker') : `${workers} of ${counted(wanted, 'worker')}`;
  return `${many}, ${percentText(percent)} of new connections`;
}

/** `new 412 requests, 0 errors, p95 12ms`. */
function cohortText(whose: 'new' | 'old', { requests, errors, latency }: Cohort): string {
  if (requests === 0) return `${whose} 0 requests`;
  const parts = [`${whose} ${counted(requests, 'request')}`, counted(errors, 'error')];
  return [...parts, ...(latency === null ? [] : [`p95 ${preciseTook(latency)}`])].join(', ');
}

/** `passed: 0 of 412 requests failed`; null as long as there is no verdict. */
export function verdictText({ verdict, reason }: CanaryStatus): string | null {
  if (verdict === null) return null;
  return reason === null ? VERDICTS[verdict] : `${VERDICTS[verdict]}: ${withoutDot(reason)}`;
}

/** Nothing where a verdict says more. */
function timeText({ until, verdict }: CanaryStatus, now: number): string | null {
  if (verdict !== null) return null;
  if (until === null) return 'its workers start';
  return until > now ? leftText(until, now) : 'the verdict is due';
}

function percentText(percent: number): string {
  return `${percent < 10 ? Math.round(percent * 10) / 10 : Math.round(percent)}%`;
}
