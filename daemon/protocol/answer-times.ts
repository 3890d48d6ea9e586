// PURE: how long answers took, as counts in buckets that grow with the time. Counts of two workers, or of one at two times, can be
// added and subtracted, which percentiles cannot.

/** Each bucket reaches this much further than the one before. A time is known to the root of it: 9.6 percent. */
const RATIO = 1.2;
const STEP = Math.log(RATIO);
/** The longest answer (ms) that is told apart from a longer one. */
const LONGEST = 3_600_000;

/** The first holds everything up to 1 ms. */
export const BUCKETS = Math.ceil(Math.log(LONGEST) / STEP) + 1;

/** How many answers are in each bucket. */
export type AnswerTimes = readonly number[];

/** What a worker has answered so far. */
export interface AnswerCounts {
  readonly requests: number;
  /** Those with a status of 500 and above. */
  readonly errors: number;
  /** Without event streams, which last as long as their clients want. */
  readonly times: AnswerTimes;
}

/** The same, as it is told: of the buckets only those that have changed, each with its whole count. */
export interface AnswerNews extends Omit<AnswerCounts, 'times'> {
  readonly times: readonly (readonly [bucket: number, count: number])[];
}

/** Of a worker that has not answered anything yet. */
export const NO_ANSWERS: AnswerCounts = { requests: 0, errors: 0, times: Array.from({ length: BUCKETS }, () => 0) };

/** The bucket of an answer that took `ms`. */
export function bucketOf(ms: number): number {
  return ms > 1 ? Math.min(BUCKETS - 1, Math.ceil(Math.log(ms) / STEP)) : 0;
}

/** The time (ms) that the part `share` (0 to 1) of the answers took at most; null without any. */
export function quantile(times: AnswerTimes, share: number): number | null {
  const all = times.reduce((sum, count) => sum + count, 0);
  if (all <= 0) return null;
  const wanted = Math.max(1, Math.ceil(all * share));
  let seen = 0;
  for (const [bucket, count] of times.entries()) {
    seen += count;
    if (seen >= wanted) return middleOf(bucket);
  }
  return middleOf(times.length - 1);
}

/** What `later` has beyond `earlier`. */
export function countsSince(later: AnswerCounts, earlier: AnswerCounts): AnswerCounts {
  return combined(later, earlier, -1);
}

/** Both together. */
export function countsOfBoth(one: AnswerCounts, other: AnswerCounts): AnswerCounts {
  return combined(one, other, 1);
}

/** What is known after the news. */
export function updated({ times }: AnswerCounts, news: AnswerNews): AnswerCounts {
  const now = [...times];
  for (const [bucket, count] of news.times) if (bucket >= 0 && bucket < BUCKETS) now[bucket] = count;
  return { requests: news.requests, errors: news.errors, times: now };
}

function combined(one: AnswerCounts, other: AnswerCounts, sign: 1 | -1): AnswerCounts {
  return {
    requests: one.requests + sign * other.requests,
    errors: one.errors + sign * other.errors,
    times: one.times.map((count, bucket) => count + sign * (other.times[bucket] ?? 0)),
  };
}

/** Equally far (as a ratio) from both ends. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 1 : RATIO ** (bucket - 0.5);
}
