// RUNS AS THE MASTER OF ALL APPS of one home. Started by zdmd, and outlives it. It may be killed: the workers serve on, and the next
// master, which zdmd starts, goes on with them.
import { fileURLToPath } from 'node:url';
import { canMove } from '../connections/self-test.ts';
import { findHome, prepareHome } from '../os/home.ts';
import { keepServing } from '../os/keep-serving.ts';
import { launchDaemon } from '../os/launch.ts';
import { endWorkersIn } from '../os/leftovers.ts';
import { lockEpoch, lockState, takeLock } from '../os/lock.ts';
import { logConsole, logEvent, logTo } from '../os/log.ts';
import { writePidFile } from '../os/pid-file.ts';
import { startThreads } from '../os/threads.ts';
import { Arrivals } from './adoption/arrivals.ts';
import { Journal } from './adoption/journal.ts';
import { SecondHolder } from './adoption/second-holder.ts';
import { sweepRun } from './adoption/sweep.ts';
import { DaemonWatch } from './daemon-watch.ts';
import { Host } from './host.ts';
import { Master, surviveBugs, type MasterSignal } from './master.ts';
import { OwnPreload } from './own-preload.ts';
import { ReleaseFile } from './release-file.ts';
import { Fifos } from './workers/fifos.ts';

/** Without apps and without zdmd there is nothing to wait for; a new zdmd is given this long (ms). */
const IDLE = 1_000;
/** A master that is to leave does so within this time (ms); it is looked this often. */
const TURN = 10_000;
const LOOK_EVERY = 5;
/** Whether another master has the lock is looked this often (ms). */
const LOCK_LOOK = 1_000;
const SIGNALS: readonly MasterSignal[] = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'];

const layout = findHome(process.env);
process.title = 'zdm: master';
logTo(layout.daemonLog);
logConsole();
prepareHome(layout);
await startThreads();
// Only for people who look for the processes of a home; workers have what their description says.
delete process.env['ZDM_HOME'];
const moving = canMove();
// A second master would fight the first for the workers.
if (process.argv.includes('--next')) await waitForMyTurn();
else if (!takeLock(layout.masterLock)) process.exit(0);
const epoch = lockEpoch(layout.masterLock);

const daemon = fileURLToPath(new URL('zdmd.mjs', import.meta.url));
const watch = new DaemonWatch({
  look: () => lockState(layout.daemonLock),
  launch: () => launchDaemon(layout, daemon, { ZDM_HOME: layout.home }),
});
const preload = new OwnPreload(fileURLToPath(new URL('preload.cjs', import.meta.url)), layout.run);
sweepRun(layout, preload.path);
const fifos = new Fifos(layout.run);
const holder = new SecondHolder();
let idle: NodeJS.Timeout | undefined;

const host = new Host({
  make: ({ id, spec }, journal, events) =>
    new Master(id, spec, {
      preload: () => preload.path,
      canMove: moving,
      inForeground: false,
      // Elsewhere workers end with their master, until that has been tried there.
      socket: process.platform === 'linux' ? layout.workerSocket : null,
      fifos: process.platform === 'linux' ? fifos : null,
      epoch,
      journal,
      releaseFile: new ReleaseFile(layout.releases(spec.name), spec.name),
      keeper: holder.keeperOf(spec.name),
      ...events,
    }),
  heldOf: (app) => holder.take(app),
  endUnknown: (app) => {
    const ended = endWorkersIn(layout.journal(app));
    if (ended.length > 0) logEvent('ended workers that nobody can go on with', { app, pids: ended });
  },
  dropHeld: (app, held) => {
    for (const { place, socket } of held) {
      socket.close();
      holder.keeperOf(app).drop(place.request.key);
    }
  },
  journal: (app) => new Journal(layout.journal(app), app),
  opened: (app) => arrivals.opened(app),
  end,
  changed: () => {
    clearTimeout(idle);
    if (host.isFollowed) return watch.rest();
    watch.alone();
    if (host.isIdle) idle = setTimeout(end, IDLE);
  },
});
const arrivals = new Arrivals(layout.workerSocket, {
  holder,
  worker: (arrival) => host.arrived(arrival),
  oldMaster: (channel, takeover) => host.oldMaster(channel, takeover),
});
for (const signal of SIGNALS) process.on(signal, () => host.signalled(signal));
// What a terminal sends to a whole group of processes is not meant for a master.
process.on('SIGINT', () => undefined);
surviveBugs({});
// One that was stopped for long finds another in its place: it ends before it does anything to the workers.
process.on('SIGCONT', endIfReplaced);
setInterval(endIfReplaced, LOCK_LOOK).unref();

await arrivals.open();
const serving = await keepServing(
  {
    path: layout.masterSocket,
    prepare: () => {
      prepareHome(layout);
      void arrivals.open();
    },
  },
  () => host.service(),
);
const removePidFile = writePidFile(layout.masterPid);
logEvent('master serving', { epoch, node: process.version });
host.changed();
if (!(await moving)) logEvent('connections do not move on this node', { node: process.version });

/** Everything is loaded: when the master that runs has ended, this one goes on in the next moment. */
async function waitForMyTurn(): Promise<void> {
  await moving;
  // Who wanted this one may have gone meanwhile: then the one that runs stays.
  process.send!('ready', (error) => error && process.exit(0));
  for (const until = performance.now() + TURN; !takeLock(layout.masterLock);) {
    if (performance.now() > until) process.exit(0);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

function endIfReplaced(): void {
  if (lockEpoch(layout.masterLock) > epoch) process.kill(process.pid, 'SIGKILL');
}

/** Nothing is left to be a master of. */
function end(): void {
  watch.rest();
  serving.close();
  arrivals.close();
  fifos.close();
  removePidFile();
  process.exit(0);
}
