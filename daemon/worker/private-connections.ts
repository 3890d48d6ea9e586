// Connections over which the master asks this worker how it is. No client is behind them: they count nowhere and do not move.
import type { Socket } from 'node:net';
import { lowest } from '../connections/internals.ts';
import type { Served } from './served.ts';

export class PrivateConnections {
  /** Mostly empty: asking costs a request nothing then. */
  private readonly open = new Map<Socket, Served>();

  /** `socket` is as the kernel knows it, without TLS. */
  add(socket: Socket, served: Served): void {
    this.open.set(socket, served);
    socket.once('close', () => this.open.delete(socket));
  }

  /** Whether this is one, or TLS on one. */
  has(socket: Socket): boolean {
    return this.open.size > 0 && this.open.has(lowest(socket));
  }

  /** How many that server has. */
  at(served: Served): number {
    let count = 0;
    for (const one of this.open.values()) if (one === served) count += 1;
    return count;
  }
}
