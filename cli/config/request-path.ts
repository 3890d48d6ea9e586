// PURE: what a worker is asked for, as it stands in the first line of a request.
import { REQUEST_PATH } from '../../daemon/protocol/http-words.ts';
import { found, problemsOf, type Reading } from './reading.ts';

/** One path. */
export function readRequestPath(value: unknown): Reading<string> {
  if (typeof value !== 'string' || !value.startsWith('/'))
    return { expected: 'a path that begins with "/" such as "/healthz"' };
  const expected = 'a path without spaces, control characters and letters beyond ASCII ("%20" for a space)';
  return found(value, (path) => REQUEST_PATH.test(path), expected);
}

/** One, a list, or a text with commas between them; a path with a comma has to stand in a list. */
export function readRequestPaths(value: unknown, name: string): Reading<readonly string[]> {
  const isText = typeof value === 'string';
  const list: readonly unknown[] = isText ? value.split(/\s*,\s*/) : Array.isArray(value) ? value : [value];
  const readings = list.map((one) => readRequestPath(one));
  const problems = readings.flatMap((reading, at) => problemsOf(reading, name, list[at]));
  if (problems.length > 0) return { problems };
  return { value: readings.flatMap((reading) => ('value' in reading ? [reading.value] : [])) };
}
