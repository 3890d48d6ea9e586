// Environment variables hold passwords: their names may be shown, their values stay with the master and on disk.
import type { AppSpec } from './model.ts';

/** The description as it may be told to anyone who asks for a status. Headers of health checks may be credentials, too. */
export function redact(spec: AppSpec): AppSpec {
  const health = spec.health && { ...spec.health, headers: withoutValues(spec.health.headers) };
  return { ...spec, env: withoutValues(spec.env), health };
}

function withoutValues(named: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(named).map((name) => [name, '']));
}

/** What stands in the place of a secret. */
export const HIDDEN = '***';

// Rather too much than too little: what is hidden by mistake can be asked for.
const SECRET =
  /pass|pwd|secret|token|key|credential|auth|cookie|session|private|salt|sign|bearer|dsn|webhook|connection_?string/i;
/** The folders of a shell. */
const FOLDER = /^(OLD)?PWD$/;
/** `postgres://user:password@host` */
const URL_PASSWORD = /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g;

/** The variables without the values of those whose names look secret, and without passwords in addresses. */
export function hideSecrets(env: AppSpec['env']): AppSpec['env'] {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      if (value !== '' && SECRET.test(name) && !FOLDER.test(name)) return [name, HIDDEN];
      return [name, value.replaceAll(URL_PASSWORD, `$1${HIDDEN}`)];
    }),
  );
}
