// No new connections, without harm to those that are there or have just come.
import { Server } from 'node:net';

/** How long (ms) a flood of new connections may put the end of the listening off. */
const LIMIT = 1_000;
/** This many rounds of the event loop without a new connection mean that none waits. */
const QUIET_ROUNDS = 3;

/** Whether `value` is a server of node:http, https, http2 (or net). */
export function isServer(value: unknown): value is Server {
  return value instanceof Server;
}

/**
 * Stops accepting, and calls `stopped`. Not by the server's own close(): that of http destroys idle keep-alive connections at
 * once, and with them the requests that are on their way (Node 20.20 and 24.21: the client wrote, and got a FIN for an answer;
 * with the close() of net it was answered, and the connection stayed open).
 *
 * When a listening socket is closed, the kernel resets the connections that wait in it for being accepted. So they are
 * accepted first, by going on until the event loop brings no more. Seen with 50 clients that open one connection after another:
 * 15 times http's close() made 306 resets, net's close() 171 (Node 24.21: 202 and 86), this none in 30. What falls between the last
 * look and the end is still lost (one time in 40, the system having taken the processor away just then): only who hands
 * connections to another process, or stops sending them first (zdm, a balancer), can help that.
 */
export function stopListening(server: Server, stopped: () => void): void {
  const until = performance.now() + LIMIT;
  let quiet = -1;
  const came = (): void => void (quiet = -1);
  server.on('connection', came);
  const look = (): void => {
    quiet += 1;
    if (server.listening && quiet < QUIET_ROUNDS && performance.now() < until) return void setImmediate(look);
    server.removeListener('connection', came);
    if (server.listening) Server.prototype.close.call(server);
    return stopped();
  };
  look();
}
