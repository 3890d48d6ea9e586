// RUNS AS zdmd, one per home. Started by any command that finds none (or by the service manager). Owns no worker: it may be
// killed at any moment, and the next one finds every app as it was.
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findHome, prepareHome } from '../os/home.ts';
import { takeLock } from '../os/lock.ts';
import { logEvent } from '../os/log.ts';
import { servePeers } from '../os/unix-socket.ts';
import { messageOf } from '../protocol/errors.ts';
import { FRAME_LIMIT } from '../protocol/frames.ts';
import { VERSION } from '../protocol/version.ts';
import { registryFile } from '../store/registry-file.ts';
import { detachedMasters } from './masters.ts';
import { Registry } from './registry.ts';
import { ControlServer } from './server.ts';
import { isSpec } from './validate.ts';

process.title = 'zdmd';
const layout = findHome(process.env);
prepareHome(layout);
const release = takeLock(join(layout.home, 'zdmd.lock'));
// Somebody else was faster: that one serves whoever started us.
if (!release) process.exit(0);

const registry = new Registry(
  registryFile(layout.registry, isSpec),
  detachedMasters(layout, fileURLToPath(new URL('master.mjs', import.meta.url))),
  {
    changed: (status) => server.apps.changed(status),
    removed: (name) => server.apps.removed(name),
    measured: (figures) => server.apps.measured(figures),
  },
);
let adopted: () => void = () => undefined;
const ready = new Promise<void>((resolve) => (adopted = resolve));
const server = new ControlServer(registry, layout, ready, () => end(true));
const socket = await servePeers(layout.daemonSocket, FRAME_LIMIT, () => server.service());
logEvent('serving', { version: VERSION, node: process.version });
await registry.adopt();
adopted();

// Only now: what goes wrong before this ends the process, and whoever started it shows the last words.
process.on('uncaughtException', (error) => logEvent('bug', { error: error.stack }));
process.on('unhandledRejection', (error) => logEvent('bug', { error: messageOf(error) }));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(false));
process.on('SIGHUP', () => undefined);

/**
 * Ends the daemon; apps go on. Only a wanted end (`zdm kill`) removes the socket: a socket that nobody answers tells the next
 * command that a daemon was lost and has to be brought back.
 */
function end(wanted: boolean): void {
  logEvent('ending', { wanted });
  registry.close();
  if (wanted) rmSync(layout.daemonSocket, { force: true });
  if (wanted && layout.runtime !== layout.home) rmSync(layout.runtime, { recursive: true, force: true });
  release?.();
  setTimeout(() => process.exit(0), 50);
  if (wanted) socket.close();
}
