// The clients of a socket.io server. What is used is the same in 2, 3 and 4.

interface SocketIo {
  path?(): unknown;
  /** There when it is attached to a server. */
  readonly engine?: { close(): unknown; readonly clientsCount?: number };
}

/**
 * Disconnects all clients below the level of socket.io: to a client that its server disconnects by name, this is final, but one
 * whose transport ends connects again, to the next server. Not by the server's own close(), which closes the http server, too, in
 * the way that drops requests. Returns how many there were.
 */
export function disconnectClients(socketio: object): number {
  const { engine } = socketio as SocketIo;
  const count = engine?.clientsCount ?? 0;
  engine?.close();
  return count;
}

/** Whether the WebSocket that asked for `url` is socket.io's, which has closed it itself. */
export function isOfSocketIo(socketio: object | undefined, url: string): boolean {
  if (!socketio) return false;
  const path = (socketio as SocketIo).path?.();
  return url.startsWith(typeof path === 'string' ? path : '/socket.io');
}
