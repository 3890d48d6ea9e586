// One-shot connections, made by a process of its own whose CPU time is not counted.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('load-child.mjs', import.meta.url));

/**
 * A generator, to be used again and again; `run` resolves with the number of failed connections.
 *
 * @param {import('./workspace.mjs').Workspace} workspace
 */
export function startLoad(workspace) {
  const child = fork(CHILD);
  workspace.atEnd(() => child.kill());
  return {
    /** @param {{ port: number, count: number, concurrency: number }} what */
    async run(what) {
      child.send(what);
      const [{ failed }] = await once(child, 'message');
      return failed;
    },
  };
}

/** @param {number} port */
export async function waitForPort(port) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('close', () => {}).unref();
    });
    if (isOpen) return;
    await pause(25);
  }
  throw new Error(`Nobody listens on port ${port}`);
}
