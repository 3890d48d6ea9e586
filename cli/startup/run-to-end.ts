// Loaded on demand: child_process costs every command as much as parsing all of ours.
import { execFile } from 'node:child_process';
import type { Words } from './place.ts';

/** Runs a program to its end; what it printed. One that is not there ends with 127, as in a shell. */
export function runToEnd([program = '', ...args]: Words): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { encoding: 'utf8' }, (error, stdout, stderr) => {
      if (!error) return resolve({ code: 0, text: stdout });
      const code = typeof error.code === 'number' ? error.code : 127;
      resolve({ code, text: stderr || stdout || error.message });
    });
  });
}
