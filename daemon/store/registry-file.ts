// What the user wants to run, on disk. Written before it is acted on, atomically, readable by this user only.
import { basename, dirname } from 'node:path';
import Conf from 'conf';
import type { AppSpec } from '../protocol/model.ts';

/** PERSISTED: a change of this shape needs a new version, a migration here and a fixture of the old file in test/store. */
export interface AppRecord {
  readonly id: number;
  readonly spec: AppSpec;
  /** Should it run? */
  readonly up: boolean;
}

interface Stored {
  version: number;
  apps: AppRecord[];
}

const VERSION = 1;

export interface RegistryFile {
  read(): readonly AppRecord[];
  write(apps: readonly AppRecord[]): void;
}

/** Opens the file (`<home>/apps.json`). Throws when it is damaged or from a newer zdm: guessing could start or lose apps. */
export function openRegistryFile(file: string): RegistryFile {
  const conf = new Conf<Stored>({
    cwd: dirname(file),
    configName: basename(file, '.json'),
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    defaults: { version: VERSION, apps: [] },
  });
  if (conf.get('version') > VERSION) throw new Error(`${conf.path} was written by a newer zdm.`);
  return {
    read: () => conf.get('apps'),
    write: (apps) => conf.set('apps', [...apps]),
  };
}
