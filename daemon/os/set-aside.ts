// A file that we do not understand is kept under another name: nothing of it is lost, and the rest goes on.
import { linkSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** `newer`: written by a newer zdm. */
export type Flaw = 'damaged' | 'newer';

/** So many of each flaw are kept, the newest. */
const KEPT = 5;

/**
 * Keeps what is in `file` as `<file>.<flaw>-<time>` and gives that name. The file itself stays until it is replaced, so that a
 * crash in between loses nothing.
 */
export function setAside(file: string, flaw: Flaw): string {
  const kept = `${file}.${flaw}-${new Date().toISOString().replaceAll(':', '-')}`;
  linkSync(file, kept);
  const same = filesAside(file).filter((one) => one.startsWith(`${file}.${flaw}-`));
  for (const old of same.slice(0, -KEPT)) rmSync(old, { force: true });
  return kept;
}

/** What was set aside of `file` and is still there, of each flaw the newest last. */
export function filesAside(file: string): string[] {
  const folder = dirname(file);
  const names = readdirSync(folder).filter((name) => /^\.(damaged|newer)-/.test(after(name, basename(file))));
  return names.toSorted().map((name) => join(folder, name));
}

function after(name: string, start: string): string {
  return name.startsWith(start) ? name.slice(start.length) : '';
}
