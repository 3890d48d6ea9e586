// RUNS AS THE PRIMARY OF ONE APP, in a process of its own. Started by zdmd (detached, description on stdin), outlives it, and
// ends when the app is stopped. It may be killed: its workers end with it, and zdmd starts it anew. Or it is started by the
// master whose place it takes (inheritance.ts).
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { canMove } from '../connections/self-test.ts';
import { findHome, prepareHome } from '../os/home.ts';
import { isAnswered, keepServing } from '../os/keep-serving.ts';
import { launchDaemon, launchDetached } from '../os/launch.ts';
import { livingMaster, WorkerList } from '../os/leftovers.ts';
import { lockState } from '../os/lock.ts';
import { logConsole, logEvent, logTo } from '../os/log.ts';
import { writePidFile } from '../os/pid-file.ts';
import { startThreads } from '../os/threads.ts';
import type { ToHeir } from '../protocol/heir-link.ts';
import type { Bootstrap } from '../protocol/master-contract.ts';
import { completeSpec } from '../protocol/older.ts';
import { DaemonWatch } from './daemon-watch.ts';
import { Inheritance } from './inheritance.ts';
import { OwnPreload } from './own-preload.ts';
import { ReleaseFile } from './release-file.ts';
import { Master, surviveBugs, type MasterSignal } from './master.ts';

/** Time (ms) for the last status to reach zdmd before the process ends. */
const FAREWELL = 100;
const SIGNALS: readonly MasterSignal[] = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'];

const bootstrap = JSON.parse(await text(process.stdin)) as Bootstrap;
const { id, heritage } = bootstrap;
// Whoever starts it may be of an older version, and not know of everything that can be said of an app.
const spec = completeSpec(bootstrap.spec);
const layout = findHome(process.env);
const folder = layout.appFolder(spec.name);
logTo(layout.daemonLog);
logConsole();
await startThreads();
// Only for people who look for the processes of a home; workers have what their description says.
delete process.env['ZDM_HOME'];
process.title = `zdm: ${spec.name}`;
if (!heritage) await refuseSecond(bootstrap.socket);

const daemon = fileURLToPath(new URL('zdmd.mjs', import.meta.url));
const watch = new DaemonWatch({
  look: () => lockState(layout.daemonLock),
  launch: () => launchDaemon(layout, daemon, { ZDM_HOME: layout.home }),
});
const list = new WorkerList(folder);
const preload = new OwnPreload(fileURLToPath(new URL('preload.cjs', import.meta.url)), folder);
const moving = canMove();
let serving: Awaited<ReturnType<typeof keepServing>> | undefined;
let removePidFile: () => void = () => undefined;
let heir: Inheritance | undefined;

const master = new Master(id, spec, {
  preload: () => preload.path,
  canMove: moving,
  inForeground: false,
  releaseFile: new ReleaseFile(layout.releases(spec.name), spec.name),
  changed: (workers) => {
    list.keep([...workers].map(({ pid, mode }) => ({ pid, group: mode === 'fork' })));
    heir?.look();
  },
  followed: (byDaemon) => (byDaemon ? watch.rest() : watch.alone()),
  launchHeir: async ({ node, script }, newest, left) => {
    const input = JSON.stringify({ ...bootstrap, spec: newest, heritage: left } satisfies Bootstrap);
    const rest = { args: [spec.name], env: { ZDM_HOME: layout.home }, cwd: layout.home, log: layout.daemonLog };
    return launchDetached({ node, script, ...rest, input, talks: true });
  },
  // Nothing is closed: closing would remove files that are the heir's by now.
  succeeded: () => {
    list.remove();
    preload.remove();
    process.exit(0);
  },
  ended: () => {
    watch.rest();
    serving?.close();
    removePidFile();
    list.remove();
    preload.remove();
    setTimeout(() => process.exit(0), FAREWELL);
  },
});

for (const signal of SIGNALS) process.on(signal, () => master.signalled(signal));
// What a terminal sends to a whole group of processes is not meant for a master.
process.on('SIGINT', () => undefined);
surviveBugs({ app: spec.name });

if (heritage) {
  master.succeed(heritage);
  heir = new Inheritance(master, {
    channel: process,
    serve: () => serve(join(dirname(bootstrap.socket), 'heir.sock')),
    orphaned: () => {
      logEvent('the old master ended before it had handed over', { app: spec.name });
      void master.killAll().finally(() => process.exit(1));
    },
  });
  process.on('message', (message, handle) => heir?.receive(message as ToHeir, handle));
  process.once('disconnect', () => heir?.disconnected());
} else {
  await serve(bootstrap.socket);
}
if (!(await moving)) logEvent('connections do not move on this node', { node: process.version });

/** Listens for zdmd, at the place of the app's master; by way of another one when somebody still listens there. */
async function serve(via: string): Promise<void> {
  const prepare = (): void => {
    prepareHome(layout);
    list.write();
    removePidFile = writePidFile(bootstrap.pidFile);
  };
  // First: whoever does not find the socket sees by the list that there is a master.
  list.write();
  serving = await keepServing({ path: bootstrap.socket, via, prepare }, () => master.service());
  removePidFile = writePidFile(bootstrap.pidFile);
  watch.alone();
}

/** At most one master per app: a second one would fight the first for the ports. */
async function refuseSecond(socket: string): Promise<void> {
  const pid = livingMaster(folder);
  if (pid === null && !(await isAnswered(socket))) return;
  logEvent('a master of this app lives already', { socket, master: pid });
  process.exit(3);
}
