// Whoever can put a file in the place of a socket of ours could be asked for variables, or be told what to start.
import { lstatSync } from 'node:fs';
import { ZdmError } from '../protocol/errors.ts';

/** Throws UNSAFE_HOME when what lies there is no socket of this user; nothing is fine. */
export function checkPlace(path: string): void {
  look(path);
}

/** The same before connecting: nor may others be able to write to it. */
export function checkSocket(path: string): void {
  const mode = look(path)?.mode ?? 0;
  if ((mode & 0o022) !== 0) throw unsafe(`${path} can be written by others.`, `Close it: chmod 600 ${path}`);
}

function look(path: string): { readonly mode: number } | null {
  // Not what a link leads to: we make none.
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return null;
  const user = process.getuid?.();
  const mend = `Look where it comes from, then delete it: rm ${path}`;
  if (!stat.isSocket()) throw unsafe(`${path} is not a socket.`, mend);
  if (user !== undefined && stat.uid !== user) throw unsafe(`${path} belongs to another user (uid ${stat.uid}).`, mend);
  return stat;
}

function unsafe(what: string, fix: string): ZdmError {
  return new ZdmError('UNSAFE_HOME', what, fix);
}
