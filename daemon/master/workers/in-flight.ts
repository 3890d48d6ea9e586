// Connections on their way to one worker. A worker whose event loop is blocked does not take what it was sent: it is taken back
// and given to another, safely, because neither side trusts its own clock alone (see LATE and TAKE_WITHIN).
import { LATE, monotonic } from '../../protocol/worker-link.ts';
import type { Connection } from '../hand-out.ts';

interface Entry {
  readonly seq: number;
  readonly sentAt: number;
  /** Null for another handle than a connection, and for a connection that was taken back. */
  connection: Connection | null;
}

export class InFlight {
  private entries: Entry[] = [];
  /** Taken back, and the worker has not asked about it yet. */
  private readonly revoked = new Set<number>();
  private last = 0;
  /** How many of all that were sent have arrived. */
  private arrivedBefore = 0;

  get count(): number {
    return this.entries.length;
  }

  /** Whether a question to the worker is among them. */
  get hasPrivate(): boolean {
    return this.entries.some(({ connection }) => connection?.isPrivate === true);
  }

  /** A connection, or another handle (null), is sent now. */
  add(connection: Connection | null): { seq: number; sentAt: number } {
    const entry = { seq: ++this.last, sentAt: monotonic(), connection };
    this.entries.push(entry);
    return entry;
  }

  /** So many have arrived in all: the connections among those that had not before. */
  arrived(count: number): Connection[] {
    const arrived = this.entries.splice(0, count - this.arrivedBefore);
    this.arrivedBefore += arrived.length;
    return arrived.flatMap(({ connection }) => connection ?? []);
  }

  /** Its message arrived without it. Null when it was no connection, or has been taken back. */
  lost(seq: number): Connection | null {
    const entry = this.entries.find((one) => one.seq === seq);
    const connection = entry?.connection ?? null;
    if (entry) entry.connection = null;
    return connection;
  }

  get oldestIsLate(): boolean {
    const [oldest] = this.entries;
    return oldest !== undefined && monotonic() - oldest.sentAt >= LATE;
  }

  /** Takes back what is late, and others may have. From now on the worker may not have it, whatever it says. */
  revoke(): Connection[] {
    const now = monotonic();
    const isLate = ({ connection, sentAt }: Entry): boolean =>
      connection !== null && connection.isPrivate !== true && now - sentAt >= LATE;
    const late = this.entries.filter(isLate);
    return late.map((entry) => {
      const connection = entry.connection!;
      entry.connection = null;
      this.revoked.add(entry.seq);
      return connection;
    });
  }

  /** The answer to a worker that asks whether a late connection is still its own. */
  claim(seq: number): boolean {
    return !this.revoked.delete(seq);
  }

  /** The channel has ended: what had not arrived. */
  clear(): Connection[] {
    const rest = this.entries.flatMap(({ connection }) => connection ?? []);
    this.entries = [];
    return rest;
  }
}
