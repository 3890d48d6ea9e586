// Lists of apps under a name, one file each, in the form of the list itself.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import { didYouMean } from '../protocol/nearest.ts';
import { type AppRecord, openRegistryFile } from './registry-file.ts';

const ENDING = '.json';

/** Puts the list into the place of what had this name before, whatever that was; the file. */
export function writeSnapshot(folder: string, name: string, apps: readonly AppRecord[]): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // No name of a snapshot begins with a dot.
  const draft = join(folder, `.draft${ENDING}`);
  rmSync(draft, { force: true });
  openRegistryFile(draft).write(apps);
  const file = fileOf(folder, name);
  renameSync(draft, file);
  return file;
}

/** Throws NO_SUCH_SNAPSHOT, or BAD_SNAPSHOT for one that is not whole: half of a list is not what was saved. */
export function readSnapshot(folder: string, name: string): readonly AppRecord[] {
  const file = fileOf(folder, name);
  if (!existsSync(file)) {
    const names = listSnapshots(folder).map((snapshot) => snapshot.name);
    if (names.length === 0)
      throw new ZdmError(
        'NO_SUCH_SNAPSHOT',
        `There is no snapshot "${name}": none was ever saved.`,
        'Save one: zdm save',
      );
    throw new ZdmError('NO_SUCH_SNAPSHOT', `There is no snapshot "${name}".${didYouMean(name, names)}`);
  }
  try {
    return openRegistryFile(file).read();
  } catch (cause) {
    throw new ZdmError(
      'BAD_SNAPSHOT',
      `The snapshot "${name}" is damaged, or of a newer zdm: ${file}. Nothing was started.`,
      `Write it anew from what runs: zdm save ${name}`,
      { cause },
    );
  }
}

/** The newest first. */
export function listSnapshots(folder: string): Snapshot[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(ENDING) && !file.startsWith('.'))
    .map((file) => ({ name: file.slice(0, -ENDING.length), savedAt: statSync(join(folder, file)).mtimeMs }))
    .toSorted((one, other) => other.savedAt - one.savedAt);
}

function fileOf(folder: string, name: string): string {
  return join(folder, `${name}${ENDING}`);
}
