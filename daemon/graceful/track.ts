// What an exit has to know of a server's connections that node cannot tell when it comes.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { intercept } from '../connections/intercept.ts';
import { openSessions } from '../worker/http2.ts';
import { WebSockets } from '../worker/websockets.ts';

export interface Tracked {
  /** Every open connection, whatever is spoken on it. */
  readonly sockets: ReadonlySet<Socket>;
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  readonly webSockets: WebSockets;
  /** The answer to the last request that came on a connection. Of pipelined ones, that is not the one being sent. */
  lastAnswer(socket: object): ServerResponse | undefined;
}

/** On the socket itself: costs a tenth of what a WeakMap does. */
const ANSWER = Symbol('zdm.answer');

const known = new WeakMap<Server, Tracked>();

/** What is known of the server; from the first call on. Connections that were there before are found as far as node knows them. */
export function track(server: Server): Tracked {
  const present = known.get(server);
  if (present) return present;
  const sockets = new Set<Socket>();
  const webSockets = new WebSockets();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  intercept(server, (name, args) => {
    if (name === 'request') remember(...(args as [IncomingMessage, ServerResponse]));
    else if (name === 'upgrade') webSockets.add(args[0] as IncomingMessage, args[1] as Duplex);
    return false;
  });
  const lastAnswer = (socket: { [ANSWER]?: ServerResponse }): ServerResponse | undefined => socket[ANSWER];
  const tracked = { sockets, sessions: openSessions(server), webSockets, lastAnswer };
  known.set(server, tracked);
  return tracked;
}

function remember({ httpVersionMajor, socket }: IncomingMessage, response: ServerResponse): void {
  if (httpVersionMajor === 1) (socket as { [ANSWER]?: ServerResponse })[ANSWER] = response;
}
