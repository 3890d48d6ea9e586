// RUNS AS THE PRIMARY OF ONE APP, in a process of its own. Started by zdmd (detached, description on stdin), outlives it, and
// ends when the app is stopped. It may be killed: its workers end with it, and zdmd starts it anew.
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { canMove } from '../connections/self-test.ts';
import { logEvent } from '../os/log.ts';
import { writePidFile } from '../os/pid-file.ts';
import { connectPeer, isNobody, servePeers } from '../os/unix-socket.ts';
import { FRAME_LIMIT } from '../protocol/frames.ts';
import type { Bootstrap } from '../protocol/master-contract.ts';
import { Master, surviveBugs, type MasterSignal } from './master.ts';

/** Time (ms) for the last status to reach zdmd before the process ends. */
const FAREWELL = 100;
const SIGNALS: readonly MasterSignal[] = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'];

const bootstrap = JSON.parse(await text(process.stdin)) as Bootstrap;
// Only for people who look for the processes of a home; workers have what their description says.
delete process.env['ZDM_HOME'];
process.title = `zdm: ${bootstrap.spec.name}`;
await refuseSecond(bootstrap.socket);

const moving = canMove();
const master = new Master(bootstrap.id, bootstrap.spec, {
  preload: fileURLToPath(new URL('preload.cjs', import.meta.url)),
  canMove: moving,
  inForeground: false,
  ended: () => {
    socket.close();
    removePidFile();
    setTimeout(() => process.exit(0), FAREWELL);
  },
});
const socket = await servePeers(bootstrap.socket, FRAME_LIMIT, () => master.service());
const removePidFile = writePidFile(bootstrap.pidFile);

for (const signal of SIGNALS) process.on(signal, () => master.signalled(signal));
// What a terminal sends to a whole group of processes is not meant for a master.
process.on('SIGINT', () => undefined);
surviveBugs({ app: bootstrap.spec.name });
if (!(await moving)) logEvent('connections do not move on this node', { node: process.version });

/** At most one master per app: a second one would fight the first for the ports. */
async function refuseSecond(path: string): Promise<void> {
  try {
    const { close } = await connectPeer(path, FRAME_LIMIT, () => undefined);
    close();
  } catch (error) {
    // Anything else may be a master that lives: a socket that is not safe, too many open files.
    if (isNobody(error)) return;
    throw error;
  }
  logEvent('a master of this app lives already', { socket: path });
  process.exit(3);
}
