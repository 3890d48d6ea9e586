import { formatTook } from '../../daemon/protocol/format.ts';

/** A limit as it was set: `10s`, `1.5s`, `30m`. Input in ms. */
export function limitText(ms: number): string {
  return ms % 1000 === 0 && ms < 60_000 ? `${ms / 1000}s` : formatTook(ms);
}

/** How long something took, as exact as the steps of a rollout tell it: `340ms`, `1.4s`. Input in ms. */
export function preciseTook(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : formatTook(ms);
}

/** `12:04:24`, in the zone of whoever looks. */
export function clockTime(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

/** `2026-11-18 08:01:22`. */
export function dateTime(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${clockTime(at)}`;
}

function twoDigits(value: number): string {
  return `${value}`.padStart(2, '0');
}
