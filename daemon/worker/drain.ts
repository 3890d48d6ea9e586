// Parting with connections when the master has stopped sending new ones: idle ones move, responses in flight finish and their
// connections move then; what cannot move is told `Connection: close` with its next response and otherwise left in peace.
// Never server.close() on the app's behalf: since Node 19 it destroys idle keep-alive connections at once.
import { subscribe } from 'node:diagnostics_channel';
import type { Server as HttpServer } from 'node:http';
import { httpSockets, type HttpSocket } from '../connections/internals.ts';
import { detach, idleSockets } from '../connections/move.ts';
import { give } from './link.ts';
import type { Served } from './served.ts';

/** Catches what no event tells: a connection that ended, a request body that was still being read when its response was done. */
const SWEEP_EVERY = 50;

/** Starts the drain; `report` is called when something may have changed. Lasts until the process ends. */
export function startDrain(all: Iterable<Served>, move: boolean, report: () => void): void {
  const sweep = (): void => {
    if (move)
      for (const served of all) if (served.movable) giveIdle(served, served.movable, httpSockets(served.movable));
    report();
  };
  subscribe('http.server.response.finish', (message) => {
    const { server, socket } = message as { server: unknown; socket: HttpSocket };
    const served = [...all].find((one) => one.server === server);
    // Before the event loop reads again: a client that has its answer may send the next request at once, and the old code
    // would answer that one too. (setImmediate is too late for an answer that was given from a timer.)
    if (move && served?.movable) process.nextTick(giveIdle, served, served.movable, [socket]);
    process.nextTick(report);
  });
  subscribe('http.server.request.start', (message) => announceClose(all, move, message));
  for (const served of all) {
    if (!canMove(served, move)) for (const socket of httpSockets(served.server)) closeAfterResponse(socket);
  }
  setInterval(sweep, SWEEP_EVERY).unref();
  sweep();
}

function canMove(served: Served, move: boolean): boolean {
  return move && served.movable !== undefined;
}

function giveIdle(served: Served, server: HttpServer, sockets: Iterable<HttpSocket>): void {
  for (const { socket, fresh } of idleSockets(server, sockets)) {
    give({ act: 'give', key: served.key, moved: !fresh, refusals: 0 }, detach(socket));
  }
}

function announceClose(all: Iterable<Served>, move: boolean, message: unknown): void {
  const { response, server } = message as { response: { shouldKeepAlive: boolean }; server: unknown };
  const served = [...all].find((one) => one.server === server);
  if (served && !canMove(served, move)) response.shouldKeepAlive = false;
}

function closeAfterResponse(socket: HttpSocket): void {
  const response = socket._httpMessage;
  if (response && !response.headersSent) response.shouldKeepAlive = false;
}
