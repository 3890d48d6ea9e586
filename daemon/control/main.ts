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
import { registryFile } from '../store/registry-file.ts';
import { openSnapshots } from '../store/snapshots.ts';
import { DetachedMaster } from './masters.ts';
import { Registry } from './registry.ts';
import { ControlServer, type Ending } from './server.ts';
import { isService, restAll, takeOver } from './service.ts';
import { isSpec } from './validate.ts';

process.title = 'zdmd';
const layout = findHome(process.env);
prepareHome(layout);
// A service manager keeps what its services say.
if (!isService(process.env)) logTo(layout.daemonLog);
await startThreads();
// Somebody else was faster: that one serves whoever started us, unless it has to be this one.
let release = takeLock(layout.daemonLock) ?? (isService(process.env) ? await takeOver(layout) : null);
if (!release) process.exit(0);

const masters = new DetachedMaster(layout, fileURLToPath(new URL('master.mjs', import.meta.url)));
const registry = new Registry(registryFile(layout.registry, isSpec), masters, {
  changed: (status) => server.apps.changed(status),
  removed: (name) => server.apps.removed(name),
  measured: (figures) => server.apps.measured(figures),
});
let adopted: () => void = () => undefined;
const ready = new Promise<void>((resolve) => (adopted = resolve));
const server = new ControlServer(
  registry,
  layout,
  openSnapshots(layout.snapshots, isSpec),
  ready,
  (how) => void end(how),
);
const socket = await keepServing(
  {
    path: layout.daemonSocket,
    prepare: () => {
      prepareHome(layout);
      if (lockState(layout.daemonLock) === 'free') release = takeLock(layout.daemonLock);
    },
    // Our lock was deleted, too, and somebody was quicker.
    superseded: () => void end('replaced'),
  },
  () => server.service(),
);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
logEvent('serving', { version: VERSION, node: process.version });
await registry.adopt();
adopted();

// Only now: what goes wrong before this ends the process, and whoever started it shows the last words.
process.on('uncaughtException', (error) => logEvent('bug', { error: error.stack }));
process.on('unhandledRejection', (error) => logEvent('bug', { error: messageOf(error) }));
process.on('SIGHUP', () => undefined);

/** Whoever stops a service means its apps, too: they come back with it. */
async function stop(): Promise<void> {
  if (!isService(process.env)) return end('signalled');
  await ready;
  await end((await restAll(registry)) ? 'ended' : 'signalled');
}

/**
 * Ends the daemon; apps go on. Only an end for good removes the socket: a socket that nobody answers tells the next command that
 * a daemon was lost and has to be brought back. One that is replaced keeps its lock to the end: should no other daemon come, the
 * masters find that it was lost, too.
 */
async function end(how: Ending): Promise<void> {
  logEvent('ending', { how });
  const forGood = how === 'ended';
  if (forGood) await masters.finish();
  registry.close();
  if (forGood) socket.close();
  if (forGood && layout.runtime !== layout.home) rmSync(layout.runtime, { recursive: true, force: true });
  if (how !== 'replaced') release?.();
  // A service manager is to start it again, from what is installed now.
  const code = how === 'replaced' && isService(process.env) ? 1 : 0;
  setTimeout(() => process.exit(code), 50);
}
