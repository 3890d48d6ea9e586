// The exit of one server: it takes no more connections, and parts with those it has, each in its own protocol's way.
import type { Server as HttpServer } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { endInOrder } from '../connections/close.ts';
import { closeAfter, connectionCount, httpSockets, isEventStream, type HttpSocket } from '../connections/internals.ts';
import { idleSockets } from '../connections/move.ts';
import { sayGoaway } from '../worker/http2.ts';
import { overdue, stillIdle } from './idle.ts';
import { stopListening } from './listening.ts';
import type { Settings } from './options.ts';
import { judgeRequests, type Told } from './requests.ts';
import { isOfSocketIo } from './socket-io.ts';
import { track } from './track.ts';

/** How often (ms) connections are looked at. */
const LOOK_EVERY = 50;
/** WebSocket status: the server goes away (RFC 6455, 7.4.1). */
const GOING_AWAY = 1001;

const leaving = new WeakMap<Server, Promise<number>>();

/** Resolves when the server is done with the number of connections that were cut; a second call is the first one. */
export function leave(server: Server, settings: Settings, inApp: boolean): Promise<number> {
  const present = leaving.get(server) ?? start(server, settings, inApp);
  leaving.set(server, present);
  return present;
}

function start(server: Server, settings: Settings, inApp: boolean): Promise<number> {
  const { sockets, sessions, webSockets, lastAnswer } = track(server);
  const told: Told = new WeakSet();
  let idle: ReadonlyMap<HttpSocket, number> = new Map();
  let stopped = false;

  judgeRequests(server, settings, told, inApp);
  for (const socket of httpSockets(server)) {
    const answer = socket._httpMessage && (lastAnswer(socket) ?? socket._httpMessage);
    if (closeAfter(answer)) told.add(socket);
  }
  server.on('session' as 'connection', (session: unknown) => sayGoaway(session as ServerHttp2Session));
  for (const session of sessions) sayGoaway(session);
  stopListening(server, () => {
    stopped = true;
    settings.logger('zdm/graceful: no longer accepting connections');
  });

  const findIdle = (): HttpSocket[] =>
    idleSockets(server as HttpServer, httpSockets(server)).map(({ socket }) => socket);
  const look = (): void => {
    const now = performance.now();
    // A WebSocket may have been accepted a moment ago.
    webSockets.close(1, GOING_AWAY, (url) => !isOfSocketIo(settings.socketio, url));
    idle = stillIdle(idle, findIdle(), now);
    for (const socket of overdue(idle, settings.keepAliveInterval, now)) {
      told.add(socket);
      endInOrder(socket);
    }
    // Event streams have no end of their own. Nobody waits for them, and their clients connect again by themselves.
    const streams = httpSockets(server).filter(isStreaming);
    if (stopped && connectionCount(server) === streams.length) for (const socket of streams) socket.destroySoon();
  };
  look();

  return new Promise((resolve) => {
    const done = (cut: number): void => {
      clearInterval(timer);
      clearTimeout(deadline);
      resolve(cut);
    };
    // Not in the timer's own turn: after a block of the event loop, requests may wait to be read.
    const later = (): void => {
      look();
      if (stopped && connectionCount(server) === 0) done(0);
    };
    const timer = setInterval(() => setImmediate(later), LOOK_EVERY);
    const expire = (): void => {
      const harmless = new Set<Socket>([...findIdle(), ...httpSockets(server).filter(isEnding)]);
      const left = connectionCount(server);
      if (settings.force) for (const socket of [...sockets, ...httpSockets(server)]) socket.destroy();
      done(Math.max(0, left - harmless.size));
    };
    const deadline = setTimeout(() => setImmediate(expire), settings.suicideTimeout);
  });
}

function isStreaming({ _httpMessage: response }: HttpSocket): boolean {
  return !!response && isEventStream(response);
}

/** Whether nothing is lost when this connection is cut. */
function isEnding(socket: HttpSocket): boolean {
  return isStreaming(socket) || (socket.writableEnded && socket.writableFinished && !socket._httpMessage);
}
