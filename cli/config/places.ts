// PURE: where a worker listens, as people write it: 3000, "127.0.0.1:3000", "./app.sock".
import path from 'node:path';
import { found, problemsOf, type Reading } from './reading.ts';

const HIGHEST_PORT = 65_535;
const PORT = /^\d{1,9}$/;
const HOST_AND_PORT = /^(\[[\da-f:.]+\]|[^\s/:[\]]+):(\d{1,9})$/i;
const EXPECTED = `a port (1 to ${HIGHEST_PORT}), "host:port" or the path of a socket such as "./app.sock"`;

/** One place. A relative path stays one until `resolvePlace`. */
export function readPlace(value: unknown): Reading<string> {
  const text = typeof value === 'number' || typeof value === 'string' ? `${value}`.trim() : '';
  return found(portPlace(text) ?? socketPlace(text), () => true, EXPECTED);
}

/** One, a list, or a text with commas between them; none twice. */
export function readPlaces(value: unknown, name: string): Reading<readonly string[]> {
  const list: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(',')
      : [value];
  const readings = list.map((one) => readPlace(one));
  const problems = readings.flatMap((reading, at) => problemsOf(reading, name, list[at]));
  const places = readings.flatMap((reading) => ('value' in reading ? [reading.value] : []));
  const twice = new Set(places.filter((place, at) => places.indexOf(place) !== at));
  problems.push(...[...twice].map((place) => `${name}: ${place} is there twice`));
  return problems.length > 0 ? { problems } : { value: places };
}

/** The place with a path that no longer depends on where one is. */
export function resolvePlace(place: string, cwd: string): string {
  return portPlace(place) ?? path.resolve(cwd, place);
}

function portPlace(text: string): string | undefined {
  const [, host = '', port = ''] = PORT.test(text) ? ['', '', text] : (HOST_AND_PORT.exec(text) ?? []);
  const number = Number(port);
  if (number < 1 || number > HIGHEST_PORT) return undefined;
  return host === '' ? `${number}` : `${host}:${number}`;
}

// A word alone is rather a slip than a file: "locahost", "http". An address of the web is none either.
function socketPlace(text: string): string | undefined {
  const isPath = (text.includes('/') || text.endsWith('.sock')) && !text.endsWith('/');
  return isPath && !text.includes('://') && !text.includes('\0') ? path.normalize(text) : undefined;
}
