// Parting with connections when the master has stopped sending new ones: idle ones move, responses in flight finish and their
// connections move then; what cannot move is told so in its own protocol's way, and otherwise left in peace.
// Never server.close() on the app's behalf: since Node 19 it destroys idle keep-alive connections at once.
import { subscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import { closeAfter, httpSockets, type HttpSocket } from '../connections/internals.ts';
import { detach, idleSockets } from '../connections/move.ts';
import type { DrainOrder } from '../protocol/worker-link.ts';
import { sayGoaway } from './http2.ts';
import { give } from './link.ts';
import type { Load } from './load.ts';
import type { Seam } from './seam.ts';
import type { Served } from './served.ts';
import { waves } from './websockets.ts';

/** Catches what no event tells: a connection that ended, a request body that was still being read when its response was done. */
const SWEEP_EVERY = 50;

/** Starts the drain. Lasts until the process ends. */
export function startDrain(seam: Pick<Seam, 'all' | 'of' | 'datagrams'>, order: DrainOrder, load: Load): void {
  const movable = (served: Served | undefined): HttpServer | undefined => (order.move ? served?.movable : undefined);
  const sweep = (): void => {
    for (const served of seam.all) {
      const server = movable(served);
      if (server) giveIdle(served, server, httpSockets(server));
    }
    load.report();
  };
  subscribe('http.server.response.finish', (message) => {
    const { server, socket } = message as { server: unknown; socket: HttpSocket };
    const served = seam.of(server);
    const from = movable(served);
    // Before the event loop reads again: a client that has its answer may send the next request at once, and the old code
    // would answer that one too. (setImmediate is too late for an answer that was given from a timer.)
    if (served && from) process.nextTick(giveIdle, served, from, [socket]);
    process.nextTick(load.report);
  });
  subscribe('http.server.request.start', (message) => {
    const { response, server } = message as { response: { shouldKeepAlive: boolean }; server: unknown };
    const served = seam.of(server);
    if (served && !movable(served)) response.shouldKeepAlive = false;
  });
  for (const served of seam.all) {
    served.stopAccepting();
    if (!movable(served)) for (const { _httpMessage: response } of httpSockets(served.server)) closeAfter(response);
    for (const session of served.sessions) sayGoaway(session);
    // A connection that was just being opened.
    served.server.on('session' as 'connection', (session: unknown) => sayGoaway(session as ServerHttp2Session));
  }
  const closeWebSockets = (share: number): void => {
    for (const { webSockets } of seam.all) load.told(webSockets.close(share, order.status));
  };
  for (const { after, share } of waves(order.within)) {
    // At once means before the first report: a worker without anything under way is stopped then.
    if (after === 0) closeWebSockets(share);
    else setTimeout(closeWebSockets, after, share).unref();
  }
  // Datagrams that this worker has not read are for the others, who read from the same socket.
  for (const socket of seam.datagrams) socket.recvStop();
  setInterval(sweep, SWEEP_EVERY).unref();
  sweep();
  announce(order);
}

function giveIdle(served: Served, server: HttpServer, sockets: Iterable<HttpSocket>): void {
  for (const { socket, fresh } of idleSockets(server, sockets)) {
    give({ act: 'give', key: served.key, moved: !fresh, refusals: 0 }, detach(socket));
  }
}

/** For apps that want to say goodbye themselves; documented in the README. */
function announce({ within, status }: DrainOrder): void {
  process.emit('zdm:drain' as 'disconnect', ...([{ deadline: Date.now() + within, status }] as unknown as []));
}
