// The master that takes our place, seen from here: a process with an IPC channel that gets the listening sockets and then, slot
// by slot, what our workers part with. What it does with that is in inheritance.ts. To an heir that has to give everything back,
// the old master is that.
import type { EventEmitter } from 'node:events';
import type { ListenSocket, StreamHandle } from '../connections/internals.ts';
import type { FromHeir, InheritedListener, ToHeir } from '../protocol/heir-link.ts';
import type { Connection, Receiver } from './hand-out.ts';
import { InFlight } from './in-flight.ts';

const KEEP_OPEN = { keepOpen: true };

/** A child process with a channel, or the process itself when it is one. */
export interface Channel extends Pick<EventEmitter, 'on'> {
  readonly pid?: number | undefined;
  readonly connected: boolean;
  send?(message: object, handle?: never, options?: object, callback?: () => void): boolean;
}

interface HeirEvents {
  said(message: FromHeir, handle: StreamHandle): void;
  /** It has got a connection: routing may go on. */
  answered(): void;
  /** A connection that it has not got. */
  orphaned(connection: Connection): void;
  gone(): void;
}

export class Heir {
  private readonly channel: Channel;
  private readonly events: HeirEvents;
  private readonly inFlight = new InFlight();
  private readonly slots: HeirSlot[] = [];
  private left = false;

  constructor(channel: Channel, events: HeirEvents) {
    this.channel = channel;
    this.events = events;
    channel.on('error', () => undefined);
    channel.on('message', (message: FromHeir, handle: StreamHandle) => events.said(message, handle));
    // As with workers (worker-handle.ts): node acknowledges each handle when it has arrived.
    channel.on('internalMessage', ({ cmd }: { cmd?: unknown }) => {
      if (cmd === 'NODE_HANDLE_ACK') this.acknowledged(true);
      else if (cmd === 'NODE_HANDLE_NACK') this.acknowledged(false);
    });
    channel.on('exit', () => this.gone());
  }

  get pid(): number {
    return this.channel.pid ?? 0;
  }

  /** What takes connections in its place, slot by slot. */
  get receivers(): readonly Receiver[] {
    return this.left ? [] : this.slots;
  }

  /** Connections on their way to it. */
  get unanswered(): number {
    return this.inFlight.count;
  }

  tell(message: ToHeir): void {
    if (this.channel.connected) this.channel.send?.(message);
  }

  /** Gives it a listening socket; ours stays open. */
  bequeath(listener: InheritedListener, socket: ListenSocket): void {
    if (!this.channel.connected) return;
    this.inFlight.add(null);
    const message: ToHeir = { act: 'listener', listener };
    this.channel.send?.(message, socket as never, KEEP_OPEN);
  }

  /** From now on it takes connections for that slot. */
  serves(slot: number): void {
    this.slots.push(new HeirSlot(slot, this.inFlight, (connection) => this.send(connection)));
  }

  private send(connection: Connection): void {
    this.inFlight.add(connection);
    const message: ToHeir = { act: 'connection', key: connection.key, moved: connection.moved };
    // A channel that broke meanwhile is noticed as the end of the heir, which frees everything unanswered.
    this.channel.send?.(message, connection.handle as never, KEEP_OPEN, () => undefined);
  }

  private acknowledged(arrived: boolean): void {
    const connection = this.inFlight.acknowledged();
    if (connection && !arrived) this.events.orphaned({ ...connection, refusals: connection.refusals + 1 });
    else connection?.handle.close();
    this.events.answered();
  }

  private gone(): void {
    if (this.left) return;
    this.left = true;
    for (const connection of this.inFlight.clear()) this.events.orphaned(connection);
    this.events.gone();
  }
}

/** One slot of the heir, to the hand-out a worker like any other. How many connections it has is its own business: those it was sent count. */
class HeirSlot implements Receiver {
  readonly id = 0;
  readonly slot: number;
  /** Newer than any of ours: what moves goes there, and does not have to move again. */
  readonly generation = Infinity;
  readonly admitted = true;
  readonly stuck = false;
  open = 0;
  lastSent = 0;
  private readonly inFlight: InFlight;
  private readonly pass: (connection: Connection) => void;

  constructor(slot: number, inFlight: InFlight, pass: (connection: Connection) => void) {
    this.slot = slot;
    this.inFlight = inFlight;
    this.pass = pass;
  }

  /** They share one channel. */
  get unanswered(): number {
    return this.inFlight.count;
  }

  /** Wherever we listen, it does. */
  listensAt(): boolean {
    return true;
  }

  send(connection: Connection): void {
    this.open += 1;
    this.pass(connection);
  }
}
