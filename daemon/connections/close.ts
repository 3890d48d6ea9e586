// Ending a connection that nobody has read from.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { StreamHandle } from './internals.ts';

/** How long (ms) the client may take to see the end, and how many are waited for at a time. */
const LINGER = 1_000;
const MOST = 1_000;
let lingering = 0;

/**
 * Ends the connection with a FIN. Just closing it resets it when something unread is in the kernel, and with any HTTP client
 * there is: its request.
 */
export function closeInOrder(handle: StreamHandle): void {
  if (lingering >= MOST) return handle.close();
  lingering += 1;
  const socket = new Socket({ handle, readable: true, writable: true } as object);
  socket.on('error', () => undefined);
  socket.once('close', () => void (lingering -= 1));
  endInOrder(socket.resume());
}

/** The same for one that has an owner who reads: a FIN, and then its client's, or the end. */
export function endInOrder(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), LINGER);
  socket.once('close', () => clearTimeout(timer));
  socket.end();
}
