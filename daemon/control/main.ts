// RUNS AS zdmd, one per home. Started by any command that finds none (or by the service manager). Owns no worker: it may be
// killed at any moment, and the next one finds every app as it was.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findHome, prepareHome } from '../os/home.ts';
import { keepServing } from '../os/keep-serving.ts';
import { lockState, takeLock } from '../os/lock.ts';
import { logEvent, logTo } from '../os/log.ts';
import { startThreads } from '../os/threads.ts';
import { messageOf } from '../protocol/errors.ts';
import { VERSION } from '../protocol/version.ts';
import { openRegistryFile } from '../store/registry-file.ts';
import { detachedMasters } from './masters.ts';
import { Registry } from './registry.ts';
import { ControlServer, type Ending } from './server.ts';

process.title = 'zdmd';
const layout = findHome(process.env);
prepareHome(layout);
logTo(layout.daemonLog);
await startThreads();
let release = takeLock(layout.daemonLock);
// Somebody else was faster: that one serves whoever started us.
if (!release) process.exit(0);

const registry = new Registry(
  openRegistryFile(layout.registry),
  detachedMasters(layout, fileURLToPath(new URL('master.mjs', import.meta.url))),
  {
    changed: (status) => server.apps.changed(status),
    removed: (name) => server.apps.removed(name),
    measured: (figures) => server.apps.measured(figures),
  },
);
let adopted: () => void = () => undefined;
const ready = new Promise<void>((resolve) => (adopted = resolve));
const server = new ControlServer(registry, layout, ready, (how) => end(how));
const socket = await keepServing(
  {
    path: layout.daemonSocket,
    prepare: () => {
      prepareHome(layout);
      if (lockState(layout.daemonLock) === 'free') release = takeLock(layout.daemonLock);
    },
    // Our lock was deleted, too, and somebody was quicker.
    superseded: () => end('replaced'),
  },
  () => server.service(),
);
logEvent('serving', { version: VERSION, node: process.version });
await registry.adopt();
adopted();

// Only now: what goes wrong before this ends the process, and whoever started it shows the last words.
process.on('uncaughtException', (error) => logEvent('bug', { error: error.stack }));
process.on('unhandledRejection', (error) => logEvent('bug', { error: messageOf(error) }));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end('signalled'));
process.on('SIGHUP', () => undefined);

/**
 * Ends the daemon; apps go on. Only an end for good removes the socket: a socket that nobody answers tells the next command that
 * a daemon was lost and has to be brought back. One that is replaced keeps its lock to the end: should no other daemon come, the
 * masters find that it was lost, too.
 */
function end(how: Ending): void {
  logEvent('ending', { how });
  registry.close();
  const forGood = how === 'ended';
  if (forGood) socket.close();
  if (forGood && layout.runtime !== layout.home) rmSync(layout.runtime, { recursive: true, force: true });
  if (how !== 'replaced') release?.();
  setTimeout(() => process.exit(0), 50);
}
