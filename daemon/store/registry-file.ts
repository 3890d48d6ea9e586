// What the user wants to run, on disk. Written before it is acted on, atomically, readable by this user only.
import { readFileSync } from 'node:fs';
import { logEvent } from '../os/log.ts';
import { replaceFile } from '../os/replace-file.ts';
import { setAside } from '../os/set-aside.ts';
import { type AppRecord, decodeApps, encodeApps } from './stored-apps.ts';

export interface RegistryFile {
  read(): readonly AppRecord[];
  write(apps: readonly AppRecord[]): void;
}

/**
 * The file (`<home>/apps.json`). Of one that is damaged or from a newer zdm the apps that are whole are read; the file as it
 * was is set aside. One that cannot be read at all throws: guessing could lose apps.
 */
export function registryFile(file: string, isSpec: (spec: object) => boolean): RegistryFile {
  const write = (apps: readonly AppRecord[]): void => replaceFile(file, encodeApps(apps));
  return {
    read() {
      const text = textOf(file);
      if (text === null) return [];
      const { apps, flaw } = decodeApps(text, isSpec);
      if (flaw) {
        logEvent('app list set aside', { why: flaw.why, as: setAside(file, flaw.kind), left: apps.length });
        write(apps);
      }
      return apps;
    },
    write,
  };
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
