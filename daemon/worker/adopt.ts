// A connection that another worker has already served: nobody but us ends it when its client stays silent.
import type { HttpSocket } from '../connections/internals.ts';
import type { Served } from './served.ts';

/**
 * The new parser believes that a request head is overdue, and would answer a silent client with 408 after headersTimeout;
 * node's keep-alive timer starts only after a response. So the silence is ended like an expired keep-alive, before that.
 */
export function expireSilence(served: Served, socket: HttpSocket): void {
  const server = served.movable;
  if (!server) return;
  const limits = [server.keepAliveTimeout, server.headersTimeout - 1_000].filter((limit) => limit > 0);
  if (limits.length === 0) return;
  const expire = (): void => {
    if (socket.bytesRead === 0) socket.destroy();
  };
  const timer = setTimeout(expire, Math.min(...limits)).unref();
  socket.once('close', () => clearTimeout(timer));
}
