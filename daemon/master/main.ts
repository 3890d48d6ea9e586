// RUNS AS THE PRIMARY OF ONE APP, in a process of its own. Started by zdmd (detached, description on stdin), outlives it, and
// ends when the app is stopped. It may be killed: its workers end with it, and zdmd starts it anew.
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { canMove } from '../connections/self-test.ts';
import { logEvent } from '../os/log.ts';
import { connectPeer, servePeers } from '../os/unix-socket.ts';
import { messageOf } from '../protocol/errors.ts';
import { FRAME_LIMIT } from '../protocol/frames.ts';
import type { Bootstrap } from '../protocol/master-contract.ts';
import { App } from './app.ts';
import { Figures } from './figures.ts';
import { MasterServer } from './server.ts';
import { StatusReporter } from './status.ts';

/** Time (ms) for the last status to reach zdmd before the process ends. */
const FAREWELL = 100;

const bootstrap = JSON.parse(await text(process.stdin)) as Bootstrap;
// Only for people who look for the processes of a home; workers have what their description says.
delete process.env['ZDM_HOME'];
process.title = `zdm: ${bootstrap.spec.name}`;
await refuseSecond(bootstrap.socket);

let ending = false;
const moving = canMove();
const app = new App(
  bootstrap.spec,
  fileURLToPath(new URL('preload.cjs', import.meta.url)),
  moving,
  () => server.publishSoon(),
  () => void end(),
);
const figures = new Figures(app, () => server.measured());
const server = new MasterServer(app, new StatusReporter(bootstrap.id, app, figures), figures);
const socket = await servePeers(bootstrap.socket, FRAME_LIMIT, () => server.service());

// What a terminal or a service manager sends to a whole group of processes is not meant for a master.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () =>
  app.operate({
    op: `sigterm-${Date.now()}`,
    kind: 'stop',
    spec: null,
    scale: null,
    slot: null,
    patient: false,
    by: null,
  }),
);
// A bug must not take the traffic down with it: say it and go on serving.
process.on('uncaughtException', (error) => logEvent('bug', { app: bootstrap.spec.name, error: error.stack }));
process.on('unhandledRejection', (error) => logEvent('bug', { app: bootstrap.spec.name, error: messageOf(error) }));
if (!(await moving)) logEvent('connections do not move on this node', { node: process.version });

/** At most one master per app: a second one would fight the first for the ports. */
async function refuseSecond(path: string): Promise<void> {
  try {
    const { close } = await connectPeer(path, FRAME_LIMIT, () => undefined);
    close();
  } catch {
    return;
  }
  logEvent('a master of this app lives already', { socket: path });
  process.exit(3);
}

/** The app was stopped: there is nothing left to be a master of. */
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  server.end();
  socket.close();
  await app.closeLogs();
  setTimeout(() => process.exit(0), FAREWELL);
}
