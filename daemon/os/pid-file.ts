// The pid of a process in a file, for scripts that send it signals.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { logEvent } from './log.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Writes this process's pid there. The returned function removes the file, if it is still ours. A file that cannot be written
 * is said in the log: nothing but scripts needs it.
 */
export function writePidFile(file: string): () => void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    replaceFile(file, `${process.pid}\n`);
  } catch (error) {
    logEvent('pid file failed', { file, error: (error as Error).message });
  }
  return () => {
    try {
      if (readFileSync(file, 'utf8').trim() === String(process.pid)) rmSync(file);
    } catch {
      // It is not there.
    }
  };
}
