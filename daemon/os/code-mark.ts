// Whether code on disk is still what it was: deploys that write over a folder in place leave nothing to go back to.
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Folders above the script in which its package and its repository are looked for. */
const LEVELS = 8;

/** Changes when the script, its package.json or the commit that is checked out there do. Empty when the script is not there. */
export function codeMark(script: string): string {
  const own = fileMark(script);
  if (own === null) return '';
  const folders = [dirname(script)];
  while (folders.length < LEVELS && dirname(folders[0]!) !== folders[0]) folders.unshift(dirname(folders[0]!));
  const near = folders.toReversed();
  const pack = near.map((folder) => fileMark(join(folder, 'package.json'))).find((mark) => mark !== null);
  const commit = near.map((folder) => commitOf(join(folder, '.git'))).find((head) => head !== null);
  return [own, pack ?? '', commit ?? ''].join(' ');
}

function fileMark(file: string): string | null {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino}:${size}:${mtimeMs}`;
  } catch {
    return null;
  }
}

/** What is checked out, in a linked worktree, too, whose `.git` is a file that names the folder. */
function commitOf(git: string): string | null {
  const link = textOf(git);
  const folder = link?.startsWith('gitdir: ') ? resolve(dirname(git), link.slice('gitdir: '.length)) : git;
  const head = textOf(join(folder, 'HEAD'));
  if (head === null) return null;
  const ref = /^ref: (.+)$/.exec(head)?.[1];
  if (ref === undefined) return head;
  // Branches are those of the repository, which a linked worktree names.
  const shared = resolve(folder, textOf(join(folder, 'commondir')) ?? '.');
  return `${ref} ${textOf(join(shared, ref)) ?? packedCommit(shared, ref)}`;
}

/** `git gc` puts branches that lie still into one file. */
function packedCommit(folder: string, ref: string): string {
  const lines = textOf(join(folder, 'packed-refs'))?.split('\n') ?? [];
  return lines.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0] ?? '';
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
