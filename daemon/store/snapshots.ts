// Lists of apps under a name, one file each, in the form of the list itself.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import { didYouMean } from '../protocol/nearest.ts';
import { replaceFile } from '../os/replace-file.ts';
import { type AppRecord, decodeApps, encodeApps } from './stored-apps.ts';

const ENDING = '.json';

export interface Snapshots {
  /** Puts the list into the place of what had this name before, whatever that was; the file. */
  write(name: string, apps: readonly AppRecord[]): string;
  /** Throws NO_SUCH_SNAPSHOT, or BAD_SNAPSHOT for one that is not whole: half of a list is not what was saved. */
  read(name: string): readonly AppRecord[];
  /** The newest first. */
  list(): Snapshot[];
}

/** Those in this folder, which is made when the first is written. `isSpec` tells whether an app could be started so. */
export function openSnapshots(folder: string, isSpec: (spec: object) => boolean): Snapshots {
  const fileOf = (name: string): string => join(folder, `${name}${ENDING}`);
  const list = (): Snapshot[] =>
    namesIn(folder)
      .map((name) => ({ name, savedAt: statSync(fileOf(name)).mtimeMs }))
      .toSorted((one, other) => other.savedAt - one.savedAt);
  return {
    list,
    write(name, apps) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      replaceFile(fileOf(name), encodeApps(apps));
      return fileOf(name);
    },
    read(name) {
      const file = fileOf(name);
      if (!existsSync(file)) throw noSuchSnapshot(name, namesIn(folder));
      const { apps, flaw } = decodeApps(readFileSync(file, 'utf8'), isSpec);
      if (!flaw) return apps;
      throw new ZdmError(
        'BAD_SNAPSHOT',
        `The snapshot "${name}" is ${flaw.kind === 'newer' ? 'of a newer zdm' : 'damaged'}, ${flaw.why}: ${file}. Nothing was started.`,
        `Write it anew from what runs: zdm save ${name}`,
      );
    },
  };
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(ENDING) && !file.startsWith('.'))
    .map((file) => file.slice(0, -ENDING.length));
}

function noSuchSnapshot(name: string, names: readonly string[]): ZdmError {
  const what = `There is no snapshot "${name}"`;
  return names.length === 0
    ? new ZdmError('NO_SUCH_SNAPSHOT', `${what}: none was ever saved.`, 'Save one: zdm save')
    : new ZdmError('NO_SUCH_SNAPSHOT', `${what}.${didYouMean(name, names)}`);
}
