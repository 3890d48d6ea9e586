// PURE: fields that are objects. What stands in them is checked as strictly as the fields themselves.
import { nearest } from '../../daemon/protocol/nearest.ts';
import { snakeCase } from './letter-case.ts';
import { problemsOf, type Reader, type Reading, shown } from './reading.ts';

/** One key of such an object. */
export interface Part<T> {
  readonly read: Reader<T>;
  /** As the documentation shows it. */
  readonly fallback: string;
  readonly doc: string;
  /** Null is a value of it; elsewhere it says as little as leaving the key out. */
  readonly takesNull?: true;
}

type Parts = Readonly<Record<string, Part<unknown>>>;

/** What was said, by the names of the parts. */
export type Said<P extends Parts> = { readonly [K in keyof P]?: P[K] extends Part<infer T> ? T : never };

/** Reads the parts of an object that messages call `name`; finds every problem. */
export function readParts<P extends Parts>(parts: P, value: object, name: string): Reading<Said<P>> {
  const said: Record<string, unknown> = {};
  const problems: string[] = [];
  const writtenAs = new Map<string, string>();
  for (const [written, one] of Object.entries(value)) {
    const key = snakeCase(written);
    const part = Object.hasOwn(parts, key) ? parts[key] : undefined;
    if (part === undefined) problems.push(unknownPart(parts, written, name));
    else if (one !== undefined && (one !== null || part.takesNull)) readPart(part, key, written, one);
  }
  return problems.length > 0 ? { problems } : { value: said as Said<P> };

  function readPart(part: Part<unknown>, key: string, written: string, one: unknown): void {
    const other = writtenAs.get(key);
    writtenAs.set(key, written);
    const reading = part.read(one, `${name}.${written}`);
    if (other !== undefined) problems.push(`"${name}.${other}" and "${name}.${written}" are the same field: keep one`);
    else if ('value' in reading) said[key] = reading.value;
    else problems.push(...problemsOf(reading, `${name}.${written}`, one));
  }
}

/** Something with keys, which a list has not. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownPart(parts: Parts, key: string, name: string): string {
  const guess = nearest(key, Object.keys(parts));
  const meant = guess === undefined ? '' : ` Did you mean "${name}.${guess}"?`;
  return `unknown field ${shown(`${name}.${key}`)}.${meant}`;
}
