// The master's view of one worker: its process, its place in routing, and the connections it has not answered for.
// What happens inside the worker is in daemon/worker.
import type { ChildProcess } from 'node:child_process';
import type { ListenSocket, StreamHandle } from '../connections/internals.ts';
import { NO_ANSWERS, updated, type AnswerCounts } from '../protocol/answer-times.ts';
import {
  LINK,
  NO_LOAD,
  type FromWorker,
  type ServerKind,
  type ToWorker,
  type WorkerLoad,
} from '../protocol/worker-link.ts';
import type { ExecMode } from '../protocol/model.ts';
import type { WorkerEvents } from './worker-events.ts';
import type { Lacking } from './bind-failure.ts';
import type { Departure } from './departure.ts';
import type { Connection } from './hand-out.ts';
import { InFlight, LATE } from './in-flight.ts';
import type { LineTail } from '../logs/tail-buffer.ts';
import { onForeignHandle, whenEnded } from './worker-channel.ts';
import type { WorkerTree } from './worker-tree.ts';
import { WorstPace } from './worst-pace.ts';

const KEEP_OPEN = { keepOpen: true };

export class WorkerHandle {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly mode: ExecMode;
  readonly child: ChildProcess;
  /** What it has started. */
  readonly tree: WorkerTree;
  /** The last lines it printed. */
  readonly tail: LineTail;
  admitted = false;
  /** After how long (ms) it was ready, when it had to wait for others then; null when it had not. */
  waited: number | null = null;
  /** It accepts by itself (`balance: kernel`), and its event loop is blocked. */
  stuck = false;
  /** How often in a row (once a second) it had not answered by the next time it was asked whether it lives. */
  silence = 0;
  private asked = false;
  open = 0;
  lastSent = 0;
  load: WorkerLoad = NO_LOAD;
  readonly pace = new WorstPace();
  /** What it has answered so far, as it tells once a second. */
  answered: AnswerCounts = NO_ANSWERS;
  /** What becomes of its connections; undefined until it is dismissed. */
  departure: Departure | undefined;
  /** Where it did not listen, and should have; known when it is asked to stop. */
  lacking: Lacking | undefined;
  /** Places it asked for, and the server that listens there by now. */
  private readonly places = new Map<string, ServerKind | null>();
  private readonly inFlight = new InFlight();
  private watch: NodeJS.Timeout | undefined;
  /** Connections that it has got. */
  private taken = 0;
  private readonly events: WorkerEvents;

  constructor(
    identity: Pick<WorkerHandle, 'id' | 'slot' | 'generation' | 'mode' | 'tree'>,
    child: ChildProcess,
    tail: LineTail,
    events: WorkerEvents,
  ) {
    this.id = identity.id;
    this.slot = identity.slot;
    this.generation = identity.generation;
    this.mode = identity.mode;
    this.tree = identity.tree;
    this.child = child;
    this.tail = tail;
    this.events = events;
    // Sending to a channel that has just broken: the end of the worker is noticed by itself.
    child.on('error', () => undefined);
    child.on('internalMessage', (message: { cmd?: unknown }, handle: unknown) => {
      if (message.cmd === LINK) this.receive(message as FromWorker, handle as StreamHandle | undefined);
      else if (message.cmd === 'NODE_HANDLE_ACK') this.acknowledged(true);
      else if (message.cmd === 'NODE_HANDLE_NACK') this.acknowledged(false);
    });
    if (child.channel) onForeignHandle(child, () => void this.inFlight.add(null));
    child.on('message', (message) => {
      if (message === 'ready') events.ready();
      else if (typeof message === 'string') events.said(message);
    });
    whenEnded(child, (code, signal) => this.end(code, signal));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get unanswered(): number {
    return this.inFlight.count;
  }

  /** A question to it is under way that it has not even got yet. */
  get owesAnswer(): boolean {
    return this.inFlight.hasPrivate;
  }

  listensAt(key: string): boolean {
    return this.serverAt(key) !== null;
  }

  /** What its server speaks there; null when none listens. */
  serverAt(key: string): ServerKind | null {
    return this.places.get(key) ?? null;
  }

  /** Whether it listens, or is about to, at `key`. */
  wants(key: string): boolean {
    return this.places.has(key);
  }

  /** Places at which its servers listen. */
  get listening(): string[] {
    return [...this.places].flatMap(([key, server]) => (server ? [key] : []));
  }

  /** Gives it the listening socket of its slot; `back` asks for a copy of it. */
  giveSocket(key: string, socket: object, back: boolean): void {
    if (!this.child.connected) return;
    this.inFlight.add(null);
    const message: ToWorker & { cmd: string } = { cmd: LINK, act: 'accept', key, back };
    this.child.send(message, socket as never, KEEP_OPEN);
  }

  /** Asks whether its event loop turns, unless it owes that answer. */
  ping(): void {
    if (this.asked) this.silence += 1;
    else this.tell({ act: 'ping' });
    this.asked = true;
  }

  tell(message: ToWorker): void {
    if (this.child.connected) this.child.send({ cmd: LINK, ...message });
  }

  /** Sends a message to the app itself, as JSON in a text. */
  readonly say = (message: object): void => {
    if (this.child.connected) this.child.send(JSON.stringify(message));
  };

  /** Sends a connection; this side's copy is kept until the worker answers. */
  send(connection: Connection): void {
    const { handle, key, moved, refusals, isPrivate = false } = connection;
    const { seq, sentAt } = this.inFlight.add(connection);
    const about = { key, moved, refusals, isPrivate, seq, sentAt };
    const message: ToWorker & { cmd: string } = { cmd: LINK, act: 'connection', ...about };
    // After the answers that have arrived by then were read: timers come before them.
    this.watch ??= setTimeout(() => setImmediate(() => this.checkAnswers()), LATE);
    // A channel that broke meanwhile is noticed as the end of the worker, which frees everything unanswered.
    this.child.send(message, handle as never, KEEP_OPEN);
  }

  private receive(message: FromWorker, handle: StreamHandle | undefined): void {
    switch (message.act) {
      case 'listen':
        this.places.set(message.request.key, null);
        return this.events.listen(message.request);
      case 'listening':
        this.places.set(message.key, { secure: message.secure, http2: message.http2 });
        return this.events.listening();
      case 'returned':
        return handle && this.events.returned(message.key, handle as ListenSocket);
      case 'pong':
        this.asked = false;
        this.silence = 0;
        return this.events.alive();
      case 'claim':
        return this.tell({ act: 'claimed', seq: message.seq, yours: this.inFlight.claim(message.seq) });
      case 'closed':
        this.places.delete(message.key);
        return;
      case 'give':
        if (!handle) return;
        if (message.refusals === 0) this.departure?.gave();
        return this.events.gave({
          handle,
          key: message.key,
          moved: message.moved,
          waitingSince: null,
          refusals: message.refusals,
        });
      case 'pace':
        if (message.answers) this.answered = updated(this.answered, message.answers);
        return this.pace.told(message);
      case 'load': {
        const previous = this.load;
        this.load = message;
        this.open = message.open;
        // Should a future node acknowledge handles in another way, this still tells what has arrived.
        while (this.taken < message.taken && this.inFlight.count > 0) this.acknowledged(true);
        return this.events.load(message, previous);
      }
    }
  }

  private checkAnswers(): void {
    this.watch = undefined;
    if (this.inFlight.oldestIsLate) this.events.late();
    if (this.inFlight.count > 0 && this.child.connected)
      this.watch = setTimeout(() => setImmediate(() => this.checkAnswers()), LATE);
  }

  /** Takes back the connections that it did not answer for in time. */
  revoke(): Connection[] {
    return this.inFlight.revoke();
  }

  /**
   * The worker has got the oldest handle, or (`arrived` false) the kernel could not give it to it: no descriptor was free. Node
   * acknowledges each handle over the channel (NODE_HANDLE_ACK, in the order of sending) in the turn in which the worker gets it,
   * before it can read a byte: that is the answer, and spares a message for each connection. Seen on Node 20.20 and 24.21.
   */
  private acknowledged(arrived: boolean): void {
    const connection = this.inFlight.acknowledged();
    if (!connection) return this.events.answered();
    if (!arrived) return this.lost({ ...connection, refusals: connection.refusals + 1 });
    connection.handle.close();
    if (!connection.isPrivate) {
      this.taken += 1;
      this.open += 1;
    }
    this.events.answered();
  }

  /** It has not got this connection, and will not. */
  private lost(connection: Connection): void {
    if (connection.isPrivate) connection.handle.close();
    else this.events.orphaned(connection);
  }

  private end(code: number | null, signal: string | null): void {
    this.admitted = false;
    this.places.clear();
    clearTimeout(this.watch);
    for (const connection of this.inFlight.clear()) this.lost(connection);
    this.events.gone(code, signal);
  }
}
