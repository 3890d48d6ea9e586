import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** What looking for programs depends on. */
export interface SearchContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/** The absolute path of a command, found as a shell would find it; undefined when it is nowhere. */
export function findCommand(name: string, { env, platform }: SearchContext): string | undefined {
  const isWindows = platform === 'win32';
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(isWindows ? ';' : ':').filter((folder) => folder !== '');
  const endings = isWindows ? (env['PATHEXT'] ?? '.EXE;.CMD;.BAT').split(';') : [''];
  return folders
    .flatMap((folder) => endings.map((ending) => path.resolve(folder, name + ending)))
    .find((file) => isProgram(file, platform));
}

/** A word without a folder, which may name a command. */
export function isBareWord(text: string): boolean {
  return !/[\\/]/.test(text) && text !== '.' && text !== '..';
}

/** A file that the system would run. */
export function isProgram(file: string, platform: NodeJS.Platform): boolean {
  if (!isFile(file)) return false;
  if (platform === 'win32') return true;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** There, and a file or a link to one. */
export function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** There, and a folder or a link to one. */
export function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
