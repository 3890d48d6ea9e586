// One daemon per home. Node has no flock(2), so the lock is the file `<name>.<n>` with the highest n whose process lives.
//
// Taking it: look at the highest number; its holder lives -> taken. Else create the next number (link(2) fails when it
// exists, and the content is there from the first moment), then look again: a higher number means that we looked at an old
// state and are not the holder. Only the holder removes files, and only lower ones: giving the lock back empties its file and
// leaves the number, so numbers only grow, whoever looked at an old state finds a higher one, and two processes cannot both
// see themselves as the highest. A crash at any point leaves dead files, which are taken over.
import { linkSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

const DRAFT = '.draft-';

/** Takes the lock for this process until it ends; null when it was taken, else what gives it back. Throws on I/O errors. */
export function takeLock(path: string): (() => void) | null {
  const me = identityOf(process.pid);
  if (!me) throw new Error('This process cannot be identified.');
  const draft = `${path}${DRAFT}${process.pid}`;
  removeDrafts(path);
  // A killed process of the same pid may have left one that is a lock file too: never write into it.
  rmSync(draft, { force: true });
  writeFileSync(draft, JSON.stringify(me), { mode: 0o600 });
  try {
    for (;;) {
      const highest = highestOf(path);
      if (highest > 0 && holderOf(path, highest)) return null;
      const mine = highest + 1;
      if (!linkTo(draft, `${path}.${mine}`)) continue;
      if (Math.max(...numbers(path)) > mine) {
        rmSync(`${path}.${mine}`, { force: true });
        continue;
      }
      for (const lower of numbers(path)) if (lower < mine) rmSync(`${path}.${lower}`, { force: true });
      return () => writeFileSync(`${path}.${mine}`, '');
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * `held` by a living process, `lost` by one that died, or `free`: given back, or never taken. Masters ask when their daemon is gone.
 */
export function lockState(path: string): 'held' | 'lost' | 'free' {
  const highest = highestOf(path);
  if (highest === 0 || wasGivenBack(path, highest)) return 'free';
  return holderOf(path, highest) ? 'held' : 'lost';
}

/** The number of the lock that was taken last: it grows with each. 0 when it never was. */
export function lockEpoch(path: string): number {
  return highestOf(path);
}

/** The living process that holds it, if any. */
export function lockOwner(path: string): ProcessIdentity | null {
  const highest = highestOf(path);
  return highest > 0 ? holderOf(path, highest) : null;
}

/** The pid of the living process that holds it, if any. */
export function lockHolder(path: string): number | null {
  const highest = highestOf(path);
  return highest > 0 ? (holderOf(path, highest)?.pid ?? null) : null;
}

/** 0 when there is none. */
function highestOf(path: string): number {
  return Math.max(0, ...numbers(path));
}

function wasGivenBack(path: string, number: number): boolean {
  return statSync(`${path}.${number}`, { throwIfNoEntry: false })?.size === 0;
}

/** What processes left that were killed in the middle of this. */
function removeDrafts(path: string): void {
  const prefix = basename(path) + DRAFT;
  for (const name of readdirSync(dirname(path))) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : NaN;
    if (Number.isInteger(pid) && identityOf(pid) === null) rmSync(join(dirname(path), name), { force: true });
  }
}

function numbers(path: string): number[] {
  const prefix = `${basename(path)}.`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)))
    .filter((number) => Number.isInteger(number) && number > 0);
}

function holderOf(path: string, number: number): ProcessIdentity | null {
  try {
    const holder = JSON.parse(readFileSync(join(`${path}.${number}`), 'utf8')) as ProcessIdentity;
    return isAlive(holder) ? holder : null;
  } catch {
    return null;
  }
}

function linkTo(draft: string, target: string): boolean {
  try {
    linkSync(draft, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
