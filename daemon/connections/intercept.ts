// Seeing events of a server before its listeners do.
import type { Server } from 'node:net';

/**
 * `look` sees each event on its way; what it answers true to, the listeners never hear of. A listener instead would change what
 * node does: with one for 'upgrade' every request to upgrade goes there, with one for 'request' HTTP/2 becomes another API.
 */
export function intercept(server: Server, look: (name: unknown, args: readonly unknown[]) => boolean): void {
  const emit = server.emit.bind(server) as (...all: unknown[]) => boolean;
  const value = (name: unknown, ...args: unknown[]): boolean => look(name, args) || emit(name, ...args);
  Object.defineProperty(server, 'emit', { value, configurable: true, writable: true });
}
