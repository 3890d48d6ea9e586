// Paths in a unit are read again at the next boot: what is there only for this shell, or until then, is of no use in it.
import { join } from 'node:path';

const FLEETING = [
  /^\/(private\/)?tmp\//,
  /^(\/var)?\/run\//,
  /^\/dev\/shm\//,
  /^(\/private)?\/var\/folders\//,
  // fnm makes a folder of links for each shell, npx a copy that it throws away at will.
  /\/fnm_multishells\//,
  /\/_npx\//,
];

/** Whether the file is gone after a reboot, or sooner. */
export function isFleeting(path: string): boolean {
  return FLEETING.some((pattern) => pattern.test(`${path}/`));
}

/**
 * The path by which to call `node` in years: a link in the search path that leads to it (Homebrew's stays when the version in
 * its real path goes), else its real path. `realpath` gives null for what is not there.
 */
export function lastingNode(node: string, searchPath: string, realpath: (file: string) => string | null): string {
  const real = realpath(node) ?? node;
  const links = foldersOf(searchPath).map((folder) => join(folder, 'node'));
  return links.find((link) => realpath(link) === real) ?? real;
}

/** The search path without folders that are not there for long. */
export function lastingPath(searchPath: string): string {
  return foldersOf(searchPath).join(':');
}

function foldersOf(searchPath: string): string[] {
  return [...new Set(searchPath.split(':'))].filter((folder) => folder.startsWith('/') && !isFleeting(folder));
}
