import type { Field } from './field.ts';
import { FIELDS } from './fields.ts';
import { camelCase, snakeCase } from './letter-case.ts';

/** The field that a key of a config file means: its name or an alias, in snake_case or camelCase. */
export function fieldOf(key: string): Field | undefined {
  return BY_KEY.get(key);
}

/** Every key a config file may use, as documented (snake_case). */
export function fieldKeys(): string[] {
  return [...BY_KEY.keys()].filter((key) => key === snakeCase(key));
}

const BY_KEY = new Map<string, Field>();
for (const field of FIELDS as readonly Field[]) {
  for (const key of [field.name, ...(field.aliases ?? [])]) {
    BY_KEY.set(key, field);
    BY_KEY.set(camelCase(key), field);
  }
}
