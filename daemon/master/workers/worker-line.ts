// The master's end of the channel to one worker, and what is on its way there: connections whose copies are kept until they have
// arrived, and receipts of what came from there.
import type { Channel, ChannelEvents, Sendable } from '../../channel/channel.ts';
import type { StreamHandle } from '../../connections/internals.ts';
import { LATE, type ToWorker } from '../../protocol/worker-link.ts';
import type { Connection } from '../hand-out.ts';
import { InFlight } from './in-flight.ts';

/** After the end of a process, its last messages are waited for this long (ms). The kernel closes its channel first: it is never reached. */
const CHANNEL_LIMIT = 1_000;

interface LineEvents {
  message(message: unknown, handle: Sendable | undefined): void;
  /** Connections have been unanswered for too long. */
  late(): void;
  /** It has not got this connection, and will not. */
  orphaned(connection: Connection): void;
  /** It has ended, and everything that was on its way was given back. */
  ended(): void;
}

export class WorkerLine {
  private channel: Channel | null = null;
  private inFlight = new InFlight();
  private watch: NodeJS.Timeout | undefined;
  /** Handles that have come over the channel, and whether it is still to be told. */
  private got = 0;
  private owesReceipt = false;
  /** Connections that it gave, and need not keep any more. */
  private readonly safe: number[] = [];
  private ended: () => void = () => undefined;
  private readonly events: LineEvents;

  constructor(events: LineEvents) {
    this.events = events;
  }

  /** From now on everything goes over the channel that `open` gives. */
  attach(open: (events: ChannelEvents) => Channel): void {
    this.inFlight = new InFlight();
    this.got = 0;
    this.channel = open({
      message: (message, handle) => this.events.message(message, handle),
      ended: () => this.unlinked(),
    });
  }

  get isOpen(): boolean {
    return this.channel !== null;
  }

  /** Handles on their way, of which no receipt has come. */
  get unanswered(): number {
    return this.inFlight.count;
  }

  /** A question to the worker is among them. */
  get owesAnswer(): boolean {
    return this.inFlight.hasPrivate;
  }

  /** Lost where there is no channel. */
  tell(message: unknown): void {
    this.channel?.send(message);
  }

  /** Sends a copy of a socket. */
  giveSocket(message: ToWorker, socket: object): void {
    if (!this.channel) return;
    this.inFlight.add(null);
    this.channel.send(message, socket as StreamHandle);
  }

  /** Sends a connection; this side's copy is kept until it has arrived. */
  send(connection: Connection): void {
    const { handle, key, moved, refusals, isPrivate = false, origin = null } = connection;
    const { seq, sentAt } = this.inFlight.add(connection);
    // After the receipts that have arrived by then were read: timers come before them.
    this.watch ??= setTimeout(() => setImmediate(() => this.checkReceipts()), LATE);
    // A channel that broke meanwhile is about to be noticed, which frees everything that has not arrived.
    this.channel?.send(
      { act: 'connection', key, moved, refusals, isPrivate, origin, seq, sentAt } satisfies ToWorker,
      handle,
    );
  }

  /** So many handles have arrived in all: how many connections that is more than before. */
  arrived(count: number): number {
    let open = 0;
    for (const connection of this.inFlight.arrived(count)) {
      connection.handle.close();
      connection.safe?.();
      if (!connection.isPrivate) open += 1;
    }
    return open;
  }

  /** No descriptor was free for it in the worker. */
  refused(seq: number): void {
    const connection = this.inFlight.lost(seq);
    if (connection) this.notArrived({ ...connection, refusals: connection.refusals + 1 });
  }

  /** The answer to a worker that asks whether a late connection is still its own. */
  claim(seq: number): boolean {
    return this.inFlight.claim(seq);
  }

  /** Takes back the connections that have not arrived in time. */
  revoke(): Connection[] {
    return this.inFlight.revoke();
  }

  /** A handle has come. One receipt a turn, and with it what the worker need not keep any more. */
  countHandle(): void {
    this.got += 1;
    this.receiptSoon();
  }

  /** The worker need not keep what it gave away as `give`. */
  isSafe(give: number): void {
    this.safe.push(give);
    this.receiptSoon();
  }

  /** The worker's process has ended. Resolves when everything that it sent was read. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.channel) return resolve();
      const late = setTimeout(() => this.channel?.close(), CHANNEL_LIMIT);
      this.ended = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }

  private checkReceipts(): void {
    this.watch = undefined;
    if (this.inFlight.oldestIsLate) this.events.late();
    if (this.inFlight.count > 0 && this.channel)
      this.watch = setTimeout(() => setImmediate(() => this.checkReceipts()), LATE);
  }

  private notArrived(connection: Connection): void {
    if (connection.isPrivate) connection.handle.close();
    else this.events.orphaned(connection);
  }

  private receiptSoon(): void {
    if (this.owesReceipt) return;
    this.owesReceipt = true;
    setImmediate(() => {
      this.owesReceipt = false;
      this.tell({ act: 'got', count: this.got } satisfies ToWorker);
      if (this.safe.length > 0) this.tell({ act: 'taken', gives: this.safe.splice(0) } satisfies ToWorker);
    });
  }

  private unlinked(): void {
    this.channel = null;
    clearTimeout(this.watch);
    this.watch = undefined;
    const rest = this.inFlight.clear();
    this.events.ended();
    for (const connection of rest) this.notArrived(connection);
    this.ended();
  }
}
