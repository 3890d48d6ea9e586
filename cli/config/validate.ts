import { contradictions } from './contradictions.ts';
import { fieldKeys, fieldOf } from './field-keys.ts';
import type { Field } from './field.ts';
import type { AppFields } from './fields.ts';
import { didYouMean } from '../../daemon/protocol/nearest.ts';
import { isMissed, isPm2Field, pm2Keys } from './pm2-fields.ts';
import { problemsOf, shown } from './reading.ts';
import { type EnvValues, readValue } from './values.ts';

/** An app as far as it could be read; it is only good when there are no problems. */
export interface Validated {
  readonly app: AppFields;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** How a problem names a field: its key in a file, its flag on a command line. */
export type Label = (field: Field, key: string) => string;

/** Checks what was said about one app against the table of fields; finds every problem, not only the first. */
export function validateApp(raw: unknown, label: Label = (_, key) => key, more: readonly string[] = []): Validated {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return { app: NOTHING, problems: [`expected an object that describes an app, got ${shown(raw)}`], warnings: [] };
  }
  const values: Record<string, unknown> = {};
  const environments: Record<string, EnvValues> = {};
  const writtenAs = new Map<string, string>();
  const problems: string[] = [];
  const missed: string[] = [];

  // Null and undefined are how an optional field looks when it is not wanted.
  for (const [key, value] of Object.entries(raw as Record<string, unknown>)) {
    const field = fieldOf(key);
    const environment = /^env_(.+)$/.exec(key)?.[1];
    if (field === undefined && environment === undefined) {
      if (isMissed(key, value)) missed.push(key);
      else if (!isPm2Field(key)) problems.push(unknownField(key, more));
    } else if (value !== null && value !== undefined) {
      if (field !== undefined) readField(field, key, value);
      else readEnvironment(key, environment ?? '', value);
    }
  }
  if (!writtenAs.has('script')) problems.push('script is missing');
  const app: AppFields = { ...NOTHING, ...values, environments };
  // Beside a field that is wrong by itself they would be guesses.
  if (problems.length === 0) problems.push(...contradictions(app));
  const warnings = missed.length === 0 ? [] : [`not supported yet, ignored: ${missed.join(', ')}`];
  return { app, problems, warnings };

  function readField(field: Field, key: string, value: unknown): void {
    const other = writtenAs.get(field.name);
    writtenAs.set(field.name, key);
    const reading = readValue(field.type, value, label(field, key));
    if (other !== undefined) problems.push(`"${other}" and "${key}" are the same field: keep one`);
    else if ('value' in reading) values[field.name] = reading.value;
    else problems.push(...problemsOf(reading, label(field, key), value));
  }

  function readEnvironment(key: string, name: string, value: unknown): void {
    const reading = readValue('env', value, key);
    if ('value' in reading) environments[name] = reading.value;
    else problems.push(...problemsOf(reading, key, value));
  }
}

const NOTHING: AppFields = { script: '', environments: {} };

function unknownField(key: string, more: readonly string[]): string {
  return `unknown field "${key}".${didYouMean(key, [...fieldKeys(), ...more, ...pm2Keys()])}`;
}
