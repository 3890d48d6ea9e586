// PURE: what a row of answers says about a worker.
import type { Health } from '../protocol/spec.ts';

/** Answers of the same kind in a row, since the last verdict. */
export interface HealthRow {
  readonly good: number;
  readonly bad: number;
}

export const NO_ANSWER: HealthRow = { good: 0, bad: 0 };

export type Verdict = 'healthy' | 'unhealthy' | null;

/** Whether this status is a healthy one. */
export function isGood(status: number, { least, most }: Health['status']): boolean {
  return status >= least && status <= most;
}

/**
 * One more answer; null where the question could not be asked, which says nothing. The row begins anew after a verdict, and with
 * each answer of the other kind.
 */
export function judge(
  row: HealthRow,
  good: boolean | null,
  { successes, failures }: Pick<Health, 'successes' | 'failures'>,
): { readonly row: HealthRow; readonly verdict: Verdict } {
  if (good === null) return { row, verdict: null };
  const next = good ? { good: row.good + 1, bad: 0 } : { good: 0, bad: row.bad + 1 };
  if (next.good >= successes) return { row: NO_ANSWER, verdict: 'healthy' };
  if (next.bad >= failures) return { row: NO_ANSWER, verdict: 'unhealthy' };
  return { row: next, verdict: null };
}
