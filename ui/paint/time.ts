// Moments and spans of time as they are written.
import { formatAge, formatTook } from '../../daemon/protocol/format.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** A limit as it was set: `10s`, `1.5s`, `30m`. Input in ms. */
export function limitText(ms: number): string {
  return ms % 1000 === 0 && ms < 60_000 ? `${ms / 1000}s` : formatTook(ms);
}

/** How long something took, as exact as the steps of a rollout tell it: `340ms`, `1.4s`. Input in ms. */
export function preciseTook(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : formatTook(ms);
}

/** `24s left`. */
export function leftText(deadline: number, now: number): string {
  return `${formatAge(deadline - now)} left`;
}

/** `12:04:24`, in the zone of whoever looks. */
export function clockTime(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

/** `2026-11-18 08:01:22`. */
export function dateTime(at: number): string {
  return `${isoDay(new Date(at))} ${clockTime(at)}`;
}

/** As much as one needs to know where it happened: `12:04:24` today, `Nov 18 08:01` before, `2025-11-18` in another year. */
export function eventTime(at: number, now: number, clock: (at: number) => string = clockTime): string {
  const [then, today] = [new Date(at), new Date(now)];
  if (isoDay(then) === isoDay(today)) return clock(at);
  if (then.getFullYear() !== today.getFullYear()) return isoDay(then);
  return `${MONTHS[then.getMonth()]} ${`${then.getDate()}`.padStart(2)} ${clock(at).slice(0, 5)}`;
}

/** The same in eight cells at most: `12:04:24`, `Nov 18`, `Nov 2025`. */
export function shortTime(at: number, now: number, clock: (at: number) => string = clockTime): string {
  const [then, today] = [new Date(at), new Date(now)];
  if (isoDay(then) === isoDay(today)) return clock(at);
  return `${MONTHS[then.getMonth()]} ${then.getFullYear() === today.getFullYear() ? then.getDate() : then.getFullYear()}`;
}

/** `2026-11-18`, in the zone of whoever looks. */
export function isoDay(date: Date): string {
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

function twoDigits(value: number): string {
  return `${value}`.padStart(2, '0');
}
