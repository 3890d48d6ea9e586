import { readFileSync } from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { ZdmError, messageOf, type ErrorCode } from '../../daemon/protocol/errors.ts';
import type { AppFields } from './fields.ts';

type ProcessEnv = Readonly<Record<string, string | undefined>>;

// Set by zdm or node:cluster for one process: a new app that inherited them would believe to be that process. ZDM_HOME is
// the user's own: an app that calls zdm means the same apps as the shell that started it.
const NOT_INHERITED =
  /^(?:ZDM_(?!HOME$).*|NODE_UNIQUE_ID|NODE_CHANNEL_FD|NODE_CHANNEL_SERIALIZATION_MODE|NODE_APP_INSTANCE)$/;

/** The variables of an app: those of the shell, then its env_file, then its env. */
export function resolveEnv(app: AppFields, cwd: string, shell: ProcessEnv, code: ErrorCode): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(shell)) {
    if (value !== undefined && !NOT_INHERITED.test(name)) env[name] = value;
  }
  for (const file of app.env_file ?? []) Object.assign(env, readEnvFile(path.resolve(cwd, file), code));
  for (const [name, value] of Object.entries(app.env ?? {})) {
    if (value === null) delete env[name];
    else env[name] = value;
  }
  return env;
}

function readEnvFile(file: string, code: ErrorCode): Record<string, string> {
  // A default import: a missing named export would keep the whole program from starting.
  if (typeof util.parseEnv !== 'function') {
    throw new ZdmError(code, `env_file needs Node.js 20.12 or newer; this is ${process.version}.`);
  }
  try {
    return util.parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch (error) {
    throw new ZdmError(code, `env_file ${file} cannot be read: ${messageOf(error)}`, null, { cause: error });
  }
}
