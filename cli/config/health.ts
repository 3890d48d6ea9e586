// PURE: the field `health`.
import { HEALTH_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import { milliseconds } from '../../daemon/protocol/duration.ts';
import { HEADER_NAME, HEADER_VALUE } from '../../daemon/protocol/http-words.ts';
import type { Health } from '../../daemon/protocol/model.ts';
import { limitText } from '../../ui/paint/time.ts';
import { isObject, type Part, readParts } from './parts.ts';
import { readPlace } from './places.ts';
import { found, readDuration, readPositive, type Reading, wholeNumber, written } from './reading.ts';
import { readRequestPath } from './request-path.ts';

/** As it may be written; a text alone is its `path`. */
export interface HealthConfig {
  readonly path: string;
  readonly port?: number | string;
  readonly status?: number | string;
  readonly timeout?: number | string;
  readonly interval?: number | string;
  readonly successes?: number;
  readonly failures?: number;
  readonly headers?: Readonly<Record<string, string | number>>;
}

const { status, timeout, interval, successes, failures } = HEALTH_DEFAULTS;

/** Its keys, in the order the documentation shows them. */
export const HEALTH_PARTS = {
  path: { read: readRequestPath, fallback: '', doc: 'What a worker is asked for (GET)' },
  port: {
    read: readPlace,
    fallback: '',
    doc: 'Where: a port, `host:port` or a socket; otherwise where it listened first',
  },
  status: {
    read: readStatus,
    fallback: `${status.least}-${status.most}`,
    doc: "Which answers are good: `204`, or a range `'200-299'`",
  },
  timeout: { read: readSomeTime, fallback: limitText(timeout), doc: 'An answer has to be there within this time' },
  interval: { read: readSomeTime, fallback: limitText(interval), doc: 'From one question to the next' },
  successes: {
    read: readPositive,
    fallback: `${successes}`,
    doc: 'Good answers in a row before a new worker gets traffic',
  },
  failures: {
    read: readPositive,
    fallback: `${failures}`,
    doc: 'Bad answers in a row after which a serving worker is replaced',
  },
  headers: { read: readHeaders, fallback: '', doc: 'Headers of the question' },
} as const satisfies Record<string, Part<unknown>>;

/** A path, or an object with one. */
export function readHealth(value: unknown, name: string): Reading<Health> {
  if (typeof value === 'string') {
    const path = readRequestPath(value);
    return 'value' in path ? { value: { ...HEALTH_DEFAULTS, path: path.value } } : path;
  }
  if (!isObject(value)) return { expected: 'a path such as "/healthz", or an object with one' };
  const parts = readParts(HEALTH_PARTS, value, name);
  if (!('value' in parts)) return parts;
  const { path, ...said } = parts.value;
  if (path === undefined) return { problems: [`${name}.path is missing`] };
  return { value: { ...HEALTH_DEFAULTS, ...said, path } };
}

function readStatus(value: unknown): Reading<Health['status']> {
  const [, from = '', to = from] = /^(\d{3})(?:\s*-\s*(\d{3}))?$/.exec(written(value)) ?? [];
  const [least, most] = [wholeNumber(from) ?? 0, wholeNumber(to) ?? 0];
  const fits = least >= 100 && least <= most && most <= 599;
  return found({ least, most }, () => fits, 'a status (100 to 599) such as 204, or a range such as "200-299"');
}

function readSomeTime(value: unknown): Reading<number> {
  return milliseconds(value) === 0 ? { expected: 'a duration above 0' } : readDuration(value);
}

/** What node accepts, and other servers, too. Values are not quoted in messages: tokens stand there. */
function readHeaders(value: unknown, name: string): Reading<Readonly<Record<string, string>>> {
  if (!isObject(value)) return { expected: 'an object of headers' };
  const headers: [name: string, value: string][] = [];
  const problems: string[] = [];
  for (const [header, one] of Object.entries(value)) {
    const text: unknown = typeof one === 'number' ? `${one}` : one;
    if (!HEADER_NAME.test(header)) problems.push(`${name}: ${JSON.stringify(header)} cannot be the name of a header`);
    else if (typeof text === 'string' && HEADER_VALUE.test(text)) headers.push([header, text]);
    else if (text !== undefined && text !== null)
      problems.push(`${name}.${header}: expected a text without line breaks and control characters`);
  }
  return problems.length > 0 ? { problems } : { value: Object.fromEntries(headers) };
}
