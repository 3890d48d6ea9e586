// What the user wants to run, on disk. Written before it is acted on, atomically, readable by this user only.
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import Conf from 'conf';
import { SPEC_DEFAULTS } from '../protocol/defaults.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import type { AppSpec } from '../protocol/model.ts';

/** PERSISTED: a change of this shape needs a new version, a migration here and a fixture of the old file in test/store. */
export interface AppRecord {
  readonly id: number;
  readonly spec: AppSpec;
  /** Should it run? */
  readonly up: boolean;
  /** It is being deleted, and goes when its master has ended. */
  readonly deleted?: boolean;
}

interface Stored {
  version: number;
  apps: AppRecord[];
}

/**
 * 2 added `balance`, `sticky`, `socketMode` and `shutdownWithMessage` to the description, 3 `throttle` and `limits`, 4
 * `stopExitCodes`, `restartWindow`, `treekill` and `limits.hang` (no stored description of version 3 had limits).
 */
const VERSION = 4;

export interface RegistryFile {
  read(): readonly AppRecord[];
  write(apps: readonly AppRecord[]): void;
}

/** Opens the file (`<home>/apps.json`). Throws when it is damaged or from a newer zdm: guessing could start or lose apps. */
export function openRegistryFile(file: string): RegistryFile {
  // Before conf sees it, which would write missing defaults into a file that it does not understand.
  checkFile(file);
  const conf = new Conf<Stored>({
    cwd: dirname(file),
    configName: basename(file, '.json'),
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    defaults: { version: VERSION, apps: [] },
  });
  return {
    // What a description of an older version lacks did not exist then: the default is what it meant.
    read: () => conf.get('apps').map((app) => ({ ...app, spec: { ...SPEC_DEFAULTS, ...app.spec } })),
    write: (apps) => {
      // Whole: the file may have been deleted meanwhile.
      conf.store = { version: VERSION, apps: [...apps] };
    },
  };
}

function checkFile(file: string): void {
  let stored: unknown;
  try {
    stored = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw damaged(file, messageOf(cause));
  }
  const { version, apps } = (stored ?? {}) as Partial<Record<keyof Stored, unknown>>;
  if (typeof version !== 'number') throw damaged(file, 'it has no version');
  if (version > VERSION) {
    throw new ZdmError('DAEMON_FAILED', `${file} was written by a newer zdm. Use that one, or move the file away.`);
  }
  if (!Array.isArray(apps)) throw damaged(file, 'it has no list of apps');
  const wrong = apps.findIndex((app) => !isRecord(app));
  if (wrong >= 0) throw damaged(file, `app ${wrong} of its list is not complete`);
}

function isRecord(value: unknown): value is AppRecord {
  const { id, spec, up } = (value ?? {}) as Partial<AppRecord>;
  const { name, env, instances } = spec ?? {};
  const isNamed = typeof name === 'string' && typeof env === 'object' && typeof instances === 'number';
  return Number.isInteger(id) && typeof up === 'boolean' && isNamed;
}

function damaged(file: string, why: string): ZdmError {
  return new ZdmError(
    'DAEMON_FAILED',
    `${file} is damaged: ${why}. Mend it, or move it away to begin without apps.`,
    'Nothing was changed.',
  );
}
