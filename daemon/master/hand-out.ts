// Gives connections to workers, and keeps its own copy of each until the worker has answered for it: a worker that dies
// before that has read no byte, and the connection goes to another one. Without a worker a connection waits in line.
import type { StreamHandle } from '../connections/internals.ts';
import { clientAddress } from '../connections/internals.ts';
import { steady } from '../os/clock.ts';
import { pickWorker, type Candidate, type Wanted } from './routing.ts';

export interface Connection {
  readonly handle: StreamHandle;
  /** Where it came in. */
  readonly key: string;
  /** It has been served before and is between two requests. */
  readonly moved: boolean;
  /** The client's address where it matters; found out once. */
  client?: string | null;
  /** When it began to wait in line; null when it did not have to. */
  waitingSince: number | null;
  /** It waits because there was no worker at all. */
  held?: boolean;
  /** How often a worker refused it. */
  refusals: number;
  /** It is a question of the master's to this one worker: nobody else gets it. */
  readonly isPrivate?: boolean;
  /** Who gave it away, and as which of its gives; undefined for one that was accepted here. */
  readonly origin?: string;
  /** Whoever gave it away keeps a copy until this is called: another worker has it, or it waits here. */
  readonly safe?: () => void;
}

/** What a worker is to the hand-out; in the master a WorkerHandle. */
export interface Receiver extends Candidate {
  readonly admitted: boolean;
  readonly stuck: boolean;
  lastSent: number;
  listensAt(key: string): boolean;
  /** Sends the connection, which counts as unanswered from then on. */
  send(connection: Connection): void;
}

/** Connections that wait at most while there is no worker at all; beyond that a new one is closed. */
const HOLD_LIMIT = 1_000;
/** Descriptors that are kept for everything else: behind a worker that is busy as many may wait as there are others. */
const RESERVE = 64;
/** With more than HOLD_LIMIT waiting, it is looked after each so many whether there are. */
const LOOK_AFTER = 32;
/** A connection that every worker refuses is closed after this many tries. */
const REFUSAL_LIMIT = 20;

/** A part of all connections, counted out exactly: each adds `percent`, and the generation takes one for each 100. */
interface Share {
  readonly generation: number;
  readonly percent: number;
  credit: number;
}

/** Counts since the master started; receipts are differences of it. */
export interface HandOutTotals {
  /** That another worker got than the one it was first sent to. */
  handedOver: number;
  held: number;
  cut: number;
}

export class HandOut {
  /** Connections of one client address go to one slot. */
  sticky = false;
  /** The generation that connections move to. */
  preferred = 0;
  /** Nothing is handed out: in a moment others take over. */
  frozen = false;
  private share: Share | null = null;
  readonly totals: HandOutTotals = { handedOver: 0, held: 0, cut: 0 };
  /** The longest wait (ms) since it was last reset to 0. */
  longestHold = 0;
  private readonly workers: () => Iterable<Receiver>;
  private readonly end: (handle: StreamHandle) => void;
  /** Waiting connections that the same workers could take: by the place where they came in, and client. No line is empty. */
  private readonly lines = new Map<string, Connection[]>();
  private readonly room: () => number;
  /** How many more may wait, as of the last look; and after how many more it is looked again. */
  private left = 0;
  private unlooked = 0;
  private sent = 0;

  /** `end` closes a connection that nobody gets; `room` tells how many more could wait. */
  constructor(
    workers: () => Iterable<Receiver>,
    end: (handle: StreamHandle) => void = (handle) => handle.close(),
    room: () => number = () => Infinity,
  ) {
    this.workers = workers;
    this.end = end;
    this.room = room;
  }

  get waiting(): number {
    let count = 0;
    for (const line of this.lines.values()) count += line.length;
    return count;
  }

  /** Is there any worker that takes connections? */
  get isServed(): boolean {
    for (const { admitted } of this.workers()) if (admitted) return true;
    return false;
  }

  /** From now on this part of all connections goes to the workers of a generation; null ends that. */
  divide(share: Pick<Share, 'generation' | 'percent'> | null): void {
    const { generation, percent } = this.share ?? {};
    if (share && share.generation === generation && share.percent === percent) return;
    this.share = share && { ...share, credit: 0 };
  }

  /** Whether this generation has a part of its own, on trial. */
  isTrying(generation: number): boolean {
    return this.share?.generation === generation;
  }

  /** A connection was accepted, or came back from a worker. */
  route(connection: Connection): void {
    if (connection.refusals > REFUSAL_LIMIT) this.drop(connection);
    else if (this.lines.has(this.lineOf(connection)) || !this.send(connection)) this.enqueue(connection);
  }

  /** Something changed that may let waiting connections through: a worker was admitted, listens or answered. */
  advance(): void {
    for (const [key, line] of this.lines) {
      // Behind one that nobody takes nobody is taken: the head of a line stands for all of it.
      while (line.length > 0 && this.send(line[0]!)) line.shift();
      if (line.length === 0) this.lines.delete(key);
    }
  }

  /** Closes what has waited longer than `limit` ms while no worker is there, or everything with a limit of 0. */
  expire(now: number, limit: number): void {
    for (const [key, line] of this.lines) {
      // Behind a worker that is busy it is served when that one looks.
      const isServed = limit > 0 && this.listeningAt(line[0]!.key).length > 0;
      const isLate = ({ waitingSince }: Connection): boolean => !isServed && now - (waitingSince ?? now) >= limit;
      for (const connection of line.filter(isLate)) this.drop(connection);
      const rest = line.filter((connection) => !isLate(connection));
      if (rest.length > 0) this.lines.set(key, rest);
      else this.lines.delete(key);
    }
  }

  private send(connection: Connection): boolean {
    if (this.frozen) return false;
    const client = this.clientOf(connection);
    const preferred = connection.moved && this.share === null ? this.preferred : null;
    const worker = pickWorker(this.listeningAt(connection.key), { preferred, client, cohort: this.cohort() });
    if (!worker) return false;
    if (this.share) settle(this.share, worker.generation);
    if (connection.waitingSince !== null) {
      if (connection.held) this.longestHold = Math.max(this.longestHold, steady() - connection.waitingSince);
      connection.waitingSince = null;
    }
    worker.lastSent = ++this.sent;
    worker.send(connection);
    return true;
  }

  /** Whose turn it is, where connections are divided. */
  private cohort(): Wanted['cohort'] {
    if (this.share === null) return null;
    const { generation, percent, credit } = this.share;
    return { generation, not: credit + percent / 100 < 1 };
  }

  private enqueue(connection: Connection): void {
    const isServed = this.listeningAt(connection.key).length > 0;
    if (this.waiting >= HOLD_LIMIT && (!isServed || this.isFull())) return this.drop(connection);
    // Waiting for a busy worker's answer is ordinary queueing; being held is having no worker at all.
    if (!connection.held && !isServed) {
      connection.held = true;
      this.totals.held += 1;
    }
    connection.waitingSince ??= steady();
    // It may wait for long, and whoever had it may have to end first.
    connection.safe?.();
    const name = this.lineOf(connection);
    const line = this.lines.get(name);
    if (line) line.push(connection);
    else this.lines.set(name, [connection]);
  }

  private isFull(): boolean {
    if (this.unlooked <= 0) this.left = this.room() - RESERVE;
    this.unlooked = this.unlooked <= 0 ? LOOK_AFTER : this.unlooked - 1;
    this.left -= 1;
    return this.left < 0;
  }

  private lineOf(connection: Connection): string {
    const client = this.clientOf(connection);
    return client === null ? connection.key : `${connection.key} ${client}`;
  }

  private clientOf(connection: Connection): string | null {
    if (!this.sticky) return null;
    connection.client ??= clientAddress(connection.handle);
    return connection.client;
  }

  private listeningAt(key: string): Receiver[] {
    const listening = [];
    for (const worker of this.workers())
      if (worker.admitted && !worker.stuck && worker.listensAt(key)) listening.push(worker);
    return listening;
  }

  private drop(connection: Connection): void {
    connection.safe?.();
    this.end(connection.handle);
    this.totals.cut += 1;
  }
}

/** Who could not be served in its turn is owed nothing, and nobody owes more than one. */
function settle(share: Share, taker: number): void {
  const credit = share.credit + share.percent / 100 - (taker === share.generation ? 1 : 0);
  share.credit = Math.max(-1, Math.min(1, credit));
}
