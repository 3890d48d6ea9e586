// Durations as people write them, and the longest there is.

/** What node's timers can wait (ms); above it they fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

const UNITS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
/** What else they are called. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(msecs?|milliseconds?)$/, 'ms'],
  [/^(secs?|seconds?)$/, 's'],
  [/^(mins?|minutes?)$/, 'm'],
  [/^(hrs?|hours?)$/, 'h'],
];

/** `500` and `'500'` are ms, `'10s'`, `'2m'`, `'1.5 hours'` what they say; undefined when it is no duration. */
export function milliseconds(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.round(value) : undefined;
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(value.trim()) : null;
  if (match === null) return undefined;
  const word = match[2] || 'ms';
  const unit = UNITS.get(WORDS.find(([pattern]) => pattern.test(word))?.[1] ?? word);
  return unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}
