// Giving connections to the master when the event loop will not turn again: they are written at once, and the receipts are read from
// the channel itself. Without receipts it does not work: libuv takes a channel whose other end has gone for read when it has read one
// of the handles that wait in it (seen on Node 20.20 and 24.21 with a master that was busy for 50 ms).
import { readSync } from 'node:fs';
import type { FromWorker } from '../../protocol/worker-link.ts';
import type { StreamHandle } from '../../connections/internals.ts';
import { channelNow } from './link.ts';

/** How many may be on their way at a time: many more of them fill the channel, and what libuv could not write it never will. */
const WINDOW = 32;
/** A process that ends is kept from it so long (ms) at most: as long as the master is busy with something else. */
const PATIENCE = 250;

/**
 * What the master has not taken in time is closed by the end of the process, as it would be without this. On Linux only, where one
 * read brings at most one descriptor, with the end of its message.
 */
export function giveAtOnce(all: Iterable<readonly [message: FromWorker, take: () => StreamHandle]>): void {
  const channel = channelNow();
  if (!channel || process.platform !== 'linux') return;
  const { pipe } = channel;
  const arrived = countReceipts(pipe.fd, channel.arrived);
  const until = performance.now() + PATIENCE;
  let { sent } = channel;
  const hasRoom = (most: number): boolean => {
    while (sent - arrived() > most) {
      if (performance.now() > until) return false;
      pause();
    }
    return pipe.writeQueueSize === 0;
  };
  for (const [message, take] of all) {
    if (!hasRoom(WINDOW)) return;
    sent += 1;
    channel.send(message, take());
  }
  hasRoom(0);
}

/** How many handles have arrived, as the last receipt says. Whatever else the master says, nobody is left to hear it; connections that it sent go to others. */
function countReceipts(fd: number, before: number): () => number {
  const buffer = Buffer.alloc(65_536);
  let text = '';
  let count = before;
  return () => {
    try {
      text += buffer.toString('latin1', 0, readSync(fd, buffer));
    } catch {
      // Nothing there yet, or the master has gone.
    }
    for (const [, number] of text.matchAll(/"act":"got","count":(\d+)}\n/g)) count = Math.max(count, Number(number));
    text = text.slice(text.lastIndexOf('\n') + 1);
    return count;
  };
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
