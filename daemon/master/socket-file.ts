// The file of a unix socket outlives a server that was killed, and the next one cannot bind its name.
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { logEvent } from '../os/log.ts';
import { messageOf } from '../protocol/errors.ts';

/** Removes the socket at `path` if nobody answers there; true when it did. What is not a socket is somebody's file, and stays. */
export async function removeStale(path: string): Promise<boolean> {
  try {
    if (!lstatSync(path).isSocket() || !(await isRefused(path))) return false;
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Sets who may connect. An abstract socket has no file. */
export function permit(path: string, mode: number): void {
  if (path.startsWith('\0')) return;
  try {
    chmodSync(path, mode);
  } catch (error) {
    logEvent('the permissions of a socket could not be set', { path, error: messageOf(error) });
  }
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const answer = (refused: boolean): void => {
      probe.destroy();
      resolve(refused);
    };
    probe.once('connect', () => answer(false));
    // Anything else (no permission, a full queue) is a sign of life.
    probe.once('error', ({ code }: NodeJS.ErrnoException) => answer(code === 'ECONNREFUSED'));
  });
}
