// Environment variables hold passwords: their names may be shown, their values stay with the master and on disk.
import type { AppSpec } from './model.ts';

/** The description as it may be told to anyone who asks for a status. */
export function redact(spec: AppSpec): AppSpec {
  return { ...spec, env: Object.fromEntries(Object.keys(spec.env).map((name) => [name, ''])) };
}
