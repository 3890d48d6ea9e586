import { ZdmError } from '../../daemon/protocol/errors.ts';
import { limitText } from '../../ui/paint/time.ts';
import type { Field } from './field.ts';
import { type AppFields, FIELDS } from './fields.ts';
import { camelCase } from './letter-case.ts';
import { validateApp } from './validate.ts';

/** One option of `zdm start`, as commander takes it. */
export interface FlagOption {
  readonly flags: string;
  readonly description: string;
}

const FLAGGED = (FIELDS as readonly Field[]).filter((field) => field.flag !== undefined);

/** The options of `zdm start` that say something about the app. */
export function startOptions(): FlagOption[] {
  return FLAGGED.map((field) => ({ flags: field.flag ?? '', description: describeFlag(field) }));
}

/** What the user typed after `zdm start`, by field: input for `appFromFlags` and overrides for a config file. */
export function fieldsFromOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const field of FLAGGED) {
    const value = options[optionKey(field)];
    // Commander sets `x: true` for every --no-x that was not typed.
    if (value !== undefined && !(isNegated(field) && value === true)) fields[field.name] = value;
  }
  return fields;
}

/** The app that `zdm start <script> [options] -- [args]` describes. Throws BAD_USAGE naming the flags that are wrong. */
export function appFromFlags(
  script: string,
  options: Readonly<Record<string, unknown>>,
  args: readonly string[],
): AppFields {
  const raw = { ...fieldsFromOptions(options), script, args };
  const { app, problems } = validateApp(raw, (field) => longFlag(field) ?? field.name);
  if (problems.length > 0) throw new ZdmError('BAD_USAGE', problems.join('\n'), 'See: zdm start --help');
  return app;
}

function describeFlag(field: Field): string {
  if (isNegated(field)) return `Do not: ${field.doc.charAt(0).toLowerCase()}${field.doc.slice(1)}`;
  if (field.fallback === null || field.type === 'boolean') return field.doc;
  const isTime = field.type === 'duration' && typeof field.fallback === 'number';
  return `${field.doc} (default: ${isTime ? limitText(field.fallback) : field.fallback})`;
}

function longFlag(field: Field): string | undefined {
  return /--[a-z-]+/.exec(field.flag ?? '')?.[0];
}

function isNegated(field: Field): boolean {
  return longFlag(field)?.startsWith('--no-') ?? false;
}

function optionKey(field: Field): string {
  return camelCase((longFlag(field) ?? '').replace(/^--(no-)?/, ''));
}
