import path from 'node:path';
import { isAppName } from '../../daemon/protocol/defaults.ts';
import { ZdmError, type ErrorCode } from '../../daemon/protocol/errors.ts';

/** The name of an app that was not given one: the base name of its script, made into a word that can be a name. */
function defaultName(script: string, folder: string): string {
  const full = path.resolve(folder, script);
  const base = path.basename(full, path.extname(full));
  const name = base
    .replaceAll(/[^A-Za-z0-9._@+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 60);
  if (isAppName(name)) return name;
  return name === '' ? 'app' : `app-${name}`;
}

/** Refuses a name that cannot be a folder name and a word on a command line. */
export function checkName(name: string, code: ErrorCode): string {
  if (isAppName(name)) return name;
  const rule =
    'Letters, digits and . _ - @ + are allowed (64 at most, a letter or digit first); not "all", not a number';
  throw new ZdmError(code, `"${name}" cannot be the name of an app.`, rule);
}

/** The name an app of a config file will have. */
export function nameOf(
  app: { readonly name?: string; readonly script: string; readonly cwd?: string },
  folder: string,
) {
  return app.name ?? defaultName(app.script, path.resolve(folder, app.cwd ?? '.'));
}
