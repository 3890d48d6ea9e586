// Giving connections to the master when the event loop will not turn again. Node sends a handle when the one before was acknowledged,
// which nobody would hear any more. So they are sent at once, and the acknowledgements are read from the channel itself. Without
// them it does not work: libuv takes a channel whose other end has gone for read when it has read one of the handles that wait in
// it (seen on Node 20.20 and 24.21 with a master that was busy for 50 ms).
import { readSync } from 'node:fs';
import { LINK, type FromWorker } from '../protocol/worker-link.ts';
import type { StreamHandle } from '../connections/internals.ts';
import { sendLast } from './link.ts';

/** How many may be on their way at a time: many more of them fill the channel, and what libuv could not write it never will. */
const WINDOW = 32;
/** A process that ends is kept from it so long (ms) at most: as long as the master is busy with something else. */
const PATIENCE = 250;

/** Of `process`: handles that wait for the acknowledgement of the one before them; null when none is under way. */
interface Queueing {
  _handleQueue?: readonly { readonly message: { readonly cmd?: unknown }; readonly handle: unknown }[] | null;
}

/** The pipe of the channel. */
interface Channel extends StreamHandle {
  readonly fd: number;
}

/**
 * Gives what waits to be given away already, and then the rest. What the master has not taken in time is closed by the end of the
 * process, as it would be without this. On Linux only, where one read brings at most one descriptor, with the end of its message.
 */
export function giveAtOnce(rest: Iterable<readonly [message: FromWorker, take: () => StreamHandle]>): void {
  const channel = channelHandle();
  if (!channel || !process.connected || process.platform !== 'linux') return;
  const queueing = process as unknown as Queueing;
  const waiting = queueing._handleQueue ?? null;
  const acknowledged = countAcknowledgements(channel.fd);
  const until = performance.now() + PATIENCE;
  let sent = waiting === null ? 0 : 1;
  const hasRoom = (most: number): boolean => {
    while (sent - acknowledged() > most) {
      if (performance.now() > until) return false;
      pause();
    }
    return channel.writeQueueSize === 0;
  };
  const sendOne = (message: object, take: () => unknown): boolean => {
    if (!hasRoom(WINDOW)) return false;
    sent += 1;
    queueing._handleQueue = null;
    sendLast(message, take());
    return true;
  };
  for (const { message, handle } of waiting ?? []) if (message.cmd === LINK && !sendOne(message, () => handle)) return;
  for (const [message, take] of rest) if (!sendOne({ cmd: LINK, ...message }, take)) return;
  hasRoom(0);
}

/** How many have come so far. Whatever else the master says, nobody is left to hear it; connections that it sent go to others. */
function countAcknowledgements(fd: number): () => number {
  const buffer = Buffer.alloc(65_536);
  let text = '';
  let count = 0;
  return () => {
    try {
      text += buffer.toString('latin1', 0, readSync(fd, buffer));
    } catch {
      // Nothing there yet, or the master has gone.
    }
    const messages = text.split('\n');
    text = messages.pop() ?? '';
    count += messages.filter((message) => /^{"cmd":"NODE_HANDLE_N?ACK"/.test(message)).length;
    return count;
  };
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

/** Undocumented; seen on Node 20.20 and 24.21. */
function channelHandle(): Channel | undefined {
  const symbol = Object.getOwnPropertySymbols(process).find((one) => one.description === 'kChannelHandle');
  return symbol && (process as unknown as Record<symbol, Channel | undefined>)[symbol];
}
