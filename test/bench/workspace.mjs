// A temporary folder and everything that was started in it; both are gone at the end, whatever happens.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const APP = fileURLToPath(new URL('app.cjs', import.meta.url));

/** @typedef {{ folder: (name: string) => string, atEnd: (undo: () => unknown) => void, cleanup: () => Promise<void> }} Workspace */

/** @returns {Workspace} */
export function makeWorkspace() {
  // A short path: addresses of unix sockets are limited to about 107 bytes.
  const root = mkdtempSync('/tmp/zdm-bench-');
  /** @type {(() => unknown)[]} */
  const undo = [];
  return {
    folder(name) {
      const folder = path.join(root, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    atEnd: (action) => void undo.push(action),
    async cleanup() {
      for (const action of undo.splice(0).toReversed()) {
        await Promise.resolve(action()).catch((error) => console.log(`cleaning up: ${error.message}`));
      }
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * A config file that zdm and PM2 read alike: `count` apps named `a1`… with `instances` each, on ports of their own.
 *
 * @param {string} folder
 * @param {number} count
 * @param {number} instances
 */
export async function writeConfig(folder, count, instances, more = {}) {
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const apps = ports.map((port, i) => ({
    name: `a${i + 1}`,
    script: APP,
    cwd: folder,
    instances,
    exec_mode: 'cluster',
    ...more,
    env: { PORT: `${port}` },
  }));
  const file = path.join(folder, 'ecosystem.config.json');
  writeFileSync(file, JSON.stringify({ apps }));
  return { file, ports };
}

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
