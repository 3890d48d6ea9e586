// What comes of reading one value of a config file or a flag, and the small things that every reader needs.
import { LONGEST_TIMER, milliseconds } from '../../daemon/protocol/duration.ts';

/** The value; or what would have been a right one; or, where that is about a part of the value, what is wrong in whole sentences. */
export type Reading<T> =
  | { readonly value: T }
  | { readonly expected: string }
  | { readonly problems: readonly string[] };

/** Reads a value that messages call `name`. */
export type Reader<T> = (value: unknown, name: string) => Reading<T>;

/** What is wrong with a value that was read so; nothing when it is right. */
export function problemsOf(reading: Reading<unknown>, name: string, value: unknown): readonly string[] {
  if ('value' in reading) return [];
  return 'problems' in reading ? reading.problems : [`${name}: expected ${reading.expected}, got ${shown(value)}`];
}

/** A value as it is quoted in a message, short enough for one line. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** The value where there is one and it fits. */
export function found<T>(value: T | undefined, fits: (value: T) => boolean, expected: string): Reading<T> {
  return value !== undefined && fits(value) ? { value } : { expected };
}

/** Flags are strings, so numbers may be strings too. */
export function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

/** A number or a text as it was written; empty for anything else. */
export function written(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? `${value}`.trim() : '';
}

/** 1 or more. */
export function readPositive(value: unknown): Reading<number> {
  return found(wholeNumber(value), (count) => count >= 1, 'a number, 1 or more');
}

/** 0 or more. */
export function readCount(value: unknown): Reading<number> {
  return found(wholeNumber(value), (count) => count >= 0, 'a number, 0 or more');
}

/** In ms. */
export function readDuration(value: unknown): Reading<number> {
  const expected = 'a duration such as 500 (ms), "10s" or "2m"';
  return found(milliseconds(value), (ms) => ms >= 0 && ms <= LONGEST_TIMER, expected);
}
