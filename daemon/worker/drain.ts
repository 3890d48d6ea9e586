// Parting with connections when the master has stopped sending new ones: idle ones move, responses in flight finish and their
// connections move then; what cannot move is told so in its own protocol's way, and otherwise left in peace.
// Never server.close() on the app's behalf: since Node 19 it destroys idle keep-alive connections at once.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Server } from 'node:net';
import { closeAfter, httpSockets, type HttpSocket } from '../connections/internals.ts';
import { detach, idleSockets } from '../connections/move.ts';
import type { DrainOrder } from '../protocol/worker-link.ts';
import { sayGoaway } from './http2.ts';
import { give, holdAlive, isLinked, letGo } from './channel/link.ts';
import type { Load } from './load.ts';
import type { PrivateConnections } from './private-connections.ts';
import type { Seam } from './seam.ts';
import type { Served } from './served.ts';
import { waves } from './websockets.ts';

/** Catches what no event tells: a connection that ended, a request body that was still being read when its response was done. */
const SWEEP_EVERY = 50;

const FINISHED = 'http.server.response.finish';
const STARTED = 'http.server.request.start';

/** Of the worker, what parting with its connections has to do with. */
export interface Subject {
  readonly seam: Pick<Seam, 'all' | 'of' | 'datagrams'>;
  readonly load: Load;
  readonly privates: PrivateConnections;
}

/** Starts the drain. Lasts until the process ends, or what is returned is called: then all goes on as before. */
export function startDrain({ seam, load, privates }: Subject, order: DrainOrder): () => void {
  const movable = (served: Served | undefined): HttpServer | undefined => (order.move ? served?.movable : undefined);
  const giveIdle = (served: Served, server: HttpServer, sockets: readonly HttpSocket[]): void => {
    // Between two masters nobody takes them: they are served here as before.
    if (!isLinked()) return;
    const clients = sockets.filter((socket) => !privates.has(socket));
    for (const { socket, fresh } of idleSockets(server, clients))
      give({ act: 'give', key: served.key, moved: !fresh, refusals: 0 }, detach(socket));
  };
  const sweep = (): void => {
    for (const served of seam.all) {
      const server = movable(served);
      if (server) giveIdle(served, server, httpSockets(server));
    }
    load.report();
  };
  const finished = (message: unknown): void => {
    const { server, socket } = message as { server: unknown; socket: HttpSocket };
    const served = seam.of(server);
    const from = movable(served);
    // Before the event loop reads again: a client that has its answer may send the next request at once, and the old code
    // would answer that one too. (setImmediate is too late for an answer that was given from a timer.)
    if (served && from) process.nextTick(giveIdle, served, from, [socket]);
    process.nextTick(load.report);
  };
  const started = (message: unknown): void => {
    const { response, server } = message as { response: { shouldKeepAlive: boolean }; server: unknown };
    const served = seam.of(server);
    if (served && !movable(served)) response.shouldKeepAlive = false;
  };
  subscribe(FINISHED, finished);
  subscribe(STARTED, started);
  const servers: Server[] = [];
  for (const served of seam.all) {
    served.release();
    if (!movable(served)) for (const { _httpMessage: response } of httpSockets(served.server)) closeAfter(response);
    for (const session of served.sessions) sayGoaway(session);
    // A connection that was just being opened.
    served.server.on('session' as 'connection', opened);
    servers.push(served.server);
  }
  const timers = order.keeps ? [] : closeWebSockets(seam, order, load);
  // Datagrams that this worker has not read are for the others, who read from the same socket.
  for (const socket of seam.datagrams) socket.recvStop();
  // A socket that is not read from keeps no process alive.
  const isHeld = order.keeps === true && [...seam.datagrams].length > 0;
  if (isHeld) holdAlive();
  timers.push(setInterval(sweep, SWEEP_EVERY).unref());
  sweep();
  announce(order);
  return () => {
    unsubscribe(FINISHED, finished);
    unsubscribe(STARTED, started);
    for (const timer of timers) clearTimeout(timer);
    for (const server of servers) server.off('session', opened);
    for (const socket of seam.datagrams) socket.recvStart();
    if (isHeld) letGo();
  };
}

/** The app hears that it serves again. */
export function announceResume(): void {
  process.emit('zdm:resume' as 'disconnect');
}

function opened(session: unknown): void {
  sayGoaway(session as ServerHttp2Session);
}

/** In waves before the worker's time is over; their timers. */
function closeWebSockets(seam: Pick<Seam, 'all'>, { within, status }: DrainOrder, load: Load): NodeJS.Timeout[] {
  const close = (share: number): void => {
    for (const { webSockets } of seam.all) load.told(webSockets.close(share, status));
  };
  const timers = [];
  for (const { after, share } of waves(within)) {
    // At once means before the first report: a worker without anything under way is stopped then.
    if (after === 0) close(share);
    else timers.push(setTimeout(close, after, share).unref());
  }
  return timers;
}

/** For apps that want to say goodbye themselves; documented in the README. Of one that is kept nobody takes leave yet. */
function announce({ within, status, keeps }: DrainOrder): void {
  const event = (keeps ? 'zdm:standby' : 'zdm:drain') as 'disconnect';
  process.emit(event, ...([{ deadline: Date.now() + within, status }] as unknown as []));
}
