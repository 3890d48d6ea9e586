// Gives connections to workers, and keeps its own copy of each until the worker has answered for it: a worker that dies
// before that has read no byte, and the connection goes to another one. Without a worker a connection waits in line.
import type { StreamHandle } from '../connections/internals.ts';
import { pickWorker } from './routing.ts';
import type { WorkerHandle } from './worker-handle.ts';

export interface Connection {
  readonly handle: StreamHandle;
  /** Where it came in. */
  readonly key: string;
  /** It has been served before and is between two requests. */
  readonly moved: boolean;
  /** When it began to wait for a worker; null when it did not have to. */
  waitingSince: number | null;
  /** How often a worker refused it. */
  refusals: number;
}

/** Connections that wait at most; beyond that a new one is closed. Each costs a descriptor. */
const LINE_LIMIT = 1_000;
/** A connection that every worker refuses is closed after this many tries. */
const REFUSAL_LIMIT = 20;

/** Counts since the master started; receipts are differences of it. */
export interface HandOutTotals {
  moved: number;
  held: number;
  cut: number;
}

export class HandOut {
  readonly totals: HandOutTotals = { moved: 0, held: 0, cut: 0 };
  /** The longest wait (ms) since it was last reset to 0. */
  longestHold = 0;
  private readonly workers: () => Iterable<WorkerHandle>;
  private line: Connection[] = [];
  private sent = 0;

  constructor(workers: () => Iterable<WorkerHandle>) {
    this.workers = workers;
  }

  get waiting(): number {
    return this.line.length;
  }

  /** A connection was accepted, or came back from a worker. */
  route(connection: Connection): void {
    if (this.line.length > 0 || !this.send(connection)) this.enqueue(connection);
  }

  /** Something changed that may let waiting connections through: a worker was admitted, listens or answered. */
  advance(): void {
    if (this.line.length === 0) return;
    const line = this.line;
    this.line = [];
    for (const connection of line) if (!this.send(connection)) this.line.push(connection);
  }

  /** Closes what has waited longer than `limit` ms, or everything with a limit of 0. */
  expire(now: number, limit: number): void {
    const late = (connection: Connection): boolean => now - (connection.waitingSince ?? now) >= limit;
    for (const connection of this.line.filter(late)) this.drop(connection);
    this.line = this.line.filter((connection) => !late(connection));
  }

  private send(connection: Connection): boolean {
    const candidates = [];
    for (const worker of this.workers())
      if (worker.admitted && worker.listensAt(connection.key)) candidates.push(worker);
    const worker = pickWorker(candidates, connection.moved);
    if (!worker) return false;
    if (connection.waitingSince !== null) {
      this.longestHold = Math.max(this.longestHold, Date.now() - connection.waitingSince);
      connection.waitingSince = null;
    }
    worker.lastSent = ++this.sent;
    worker.send(connection);
    return true;
  }

  private enqueue(connection: Connection): void {
    if (this.line.length >= LINE_LIMIT || connection.refusals > REFUSAL_LIMIT) return this.drop(connection);
    // Waiting for a busy worker's answer is ordinary queueing; being held is having no worker at all.
    const held = ![...this.workers()].some((worker) => worker.admitted && worker.listensAt(connection.key));
    if (held && connection.waitingSince === null) this.totals.held += 1;
    connection.waitingSince ??= Date.now();
    this.line.push(connection);
  }

  private drop(connection: Connection): void {
    connection.handle.close();
    this.totals.cut += 1;
  }
}
