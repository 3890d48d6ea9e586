// PURE: parts of a whole, as people write them: 2, "25%", 0.01.
import { MOST_INSTANCES } from '../../daemon/protocol/defaults.ts';
import type { Share } from '../../daemon/protocol/model.ts';
import { found, type Reading, wholeNumber, written } from './reading.ts';

/** A number of workers, or a percentage of them. */
export function readShare(value: unknown): Reading<Share> {
  const expected = 'a number of workers (1 or more), or a percentage above 0 and up to 100 such as "25%"';
  const percent = written(value).endsWith('%') ? percentage(value) : undefined;
  if (percent !== undefined)
    return found({ unit: 'percent', value: percent }, () => percent > 0 && percent <= 100, expected);
  const count = wholeNumber(value) ?? 0;
  return found({ unit: 'count', value: count }, () => count >= 1 && count <= MOST_INSTANCES, expected);
}

/** A percentage of connections: neither none of them nor all. */
export function readPercentage(value: unknown): Reading<number> {
  const expected = 'a percentage above 0 and below 100 such as 10 or "10%"';
  return found(percentage(value), (percent) => percent > 0 && percent < 100, expected);
}

/** From 0 to 1. */
export function readRate(value: unknown): Reading<number> {
  const expected = 'a part from 0 to 1 such as 0.01, or a percentage such as "1%"';
  const number = percentage(value);
  // 0.7 / 100 is 0.006999999999999999.
  const rate = number !== undefined && written(value).endsWith('%') ? Number((number / 100).toPrecision(12)) : number;
  return found(rate, (part) => part <= 1, expected);
}

/** How many times as much; null for no matter how many. */
export function readRatio(value: unknown): Reading<number | null> {
  if (value === null || value === false) return { value: null };
  const ratio = written(value).endsWith('%') ? undefined : percentage(value);
  return found(ratio, (times) => times >= 1, 'a number, 1 or more, such as 1.5, or null for none');
}

/** Undefined when it is none, or below 0. */
function percentage(value: unknown): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*%?$/.exec(written(value));
  return match ? Number(match[1]) : undefined;
}
