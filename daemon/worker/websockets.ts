// Upgraded connections stay with their worker. WebSockets that are still there when its time is over are closed with a status
// that tells the client to connect again (RFC 6455), a few at a time, so that they do not all come back in one second.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DrainOrder } from '../protocol/worker-link.ts';

/** Close frames of the server: final, opcode 8, two bytes of status, not masked. */
const FRAME_START = [0x88, 0x02];
const WAVES = 10;
/** The waves end so long (ms) before the worker does: a client may need a moment to answer. */
const LAST_WAVE = 1_000;
/** All waves together take this part of the worker's time, and never longer than this (ms). */
const SPREAD = 1 / 3;
const LONGEST_SPREAD = 10_000;

interface Socket extends Duplex {
  readonly bytesWritten?: number;
}

interface Opened {
  /** What had been written when the upgrade was asked for: until the app has accepted it, a frame would be out of place. */
  readonly before: number;
  readonly url: string;
}

/** The WebSockets of one server. */
export class WebSockets {
  private readonly open = new Map<Socket, Opened>();
  private readonly told = new Set<Socket>();

  /** How many have been told to close, and have not yet. */
  get leaving(): number {
    return this.told.size;
  }

  /** Called with every upgrade that is asked for. */
  add(request: IncomingMessage, socket: Socket): void {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return;
    this.open.set(socket, { before: socket.bytesWritten ?? 0, url: request.url ?? '' });
    socket.once('close', () => {
      this.open.delete(socket);
      this.told.delete(socket);
    });
  }

  /**
   * Tells the oldest `share` (0 to 1) of those that are open to close; `isOurs` says by the address they asked for which of them
   * may be told. Returns how many were told.
   */
  close(share: number, status: DrainOrder['status'], isOurs: (url: string) => boolean = () => true): number {
    const accepted = [...this.open].filter(
      ([socket, { before, url }]) => socket.writable && (socket.bytesWritten ?? 0) > before && isOurs(url),
    );
    const chosen = accepted.slice(0, Math.ceil(accepted.length * share));
    for (const [socket] of chosen) {
      socket.write(Buffer.from([...FRAME_START, status >> 8, status & 0xff]));
      this.open.delete(socket);
      this.told.add(socket);
    }
    return chosen.length;
  }
}

/** When (ms from now) to close which share of what is then open, for a worker that ends in `within` ms. */
export function waves(within: number): { after: number; share: number }[] {
  if (within <= LAST_WAVE) return [{ after: 0, share: 1 }];
  const spread = Math.min(within * SPREAD, LONGEST_SPREAD);
  const begin = Math.max(0, within - LAST_WAVE - spread);
  return Array.from({ length: WAVES }, (_, wave) => ({
    after: Math.round(begin + (wave * (within - LAST_WAVE - begin)) / (WAVES - 1)),
    share: 1 / (WAVES - wave),
  }));
}
