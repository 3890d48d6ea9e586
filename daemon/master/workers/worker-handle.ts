// The master's view of one worker: its process, its place in routing, and the connections it has not answered for.
// What happens inside the worker is in daemon/worker.
import type { Channel, ChannelEvents } from '../../channel/channel.ts';
import type { ListenSocket, StreamHandle } from '../../connections/internals.ts';
import { NO_ANSWERS, updated, type AnswerCounts } from '../../protocol/answer-times.ts';
import {
  NO_LOAD,
  type FromWorker,
  type ServerKind,
  type ToWorker,
  type WorkerLoad,
} from '../../protocol/worker-link.ts';
import type { AppSpec, ExecMode } from '../../protocol/model.ts';
import type { WorkerEvents } from './worker-events.ts';
import type { Lacking } from '../bind-failure.ts';
import type { Departure } from '../departure.ts';
import type { Connection } from '../hand-out.ts';
import { InFlight, LATE } from './in-flight.ts';
import type { LineTail } from '../../logs/tail-buffer.ts';
import type { WorkerProcess } from './process.ts';
import type { WorkerTree } from './worker-tree.ts';
import { WorstPace } from '../worst-pace.ts';

/** After the end of a process, its last messages are waited for this long (ms). The kernel closes its channel first: it is never reached. */
const CHANNEL_LIMIT = 1_000;

export class WorkerHandle {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly mode: ExecMode;
  readonly process: WorkerProcess;
  /** The preload runs in it; else its messages are those of the app alone. */
  readonly isPreloaded: boolean;
  /** What it has started. */
  readonly tree: WorkerTree;
  /** Where its output comes from when this master has gone (Fifos). */
  readonly output: string | null;
  /** By what it was started. */
  readonly spec: AppSpec;
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
  /** Places of whose sockets it has a copy, for the time after this master. */
  readonly spares = new Set<string>();
  /** What becomes of its connections; undefined until it is dismissed. */
  departure: Departure | undefined;
  /** Where it did not listen, and should have; known when it is asked to stop. */
  lacking: Lacking | undefined;
  /** Places it asked for, and the server that listens there by now. */
  private readonly places = new Map<string, ServerKind | null>();
  private channel: Channel | null = null;
  private inFlight = new InFlight();
  private watch: NodeJS.Timeout | undefined;
  /** Handles that have come over the channel, and whether it is still to be told. */
  private got = 0;
  private owesReceipt = false;
  /** Connections that it gave, and need not keep any more. */
  private readonly safe: number[] = [];
  /** How its process has ended. */
  private exit: { readonly code: number | null; readonly signal: string | null } | null = null;
  private readonly events: WorkerEvents;

  /** `outputEnd` resolves when everything that it printed was read. */
  constructor(
    identity: Pick<WorkerHandle, 'id' | 'slot' | 'generation' | 'mode' | 'tree' | 'isPreloaded' | 'output' | 'spec'>,
    process: WorkerProcess,
    tail: LineTail,
    events: WorkerEvents,
    outputEnd: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.id = identity.id;
    this.slot = identity.slot;
    this.generation = identity.generation;
    this.mode = identity.mode;
    this.tree = identity.tree;
    this.isPreloaded = identity.isPreloaded;
    this.output = identity.output;
    this.spec = identity.spec;
    this.process = process;
    this.tail = tail;
    this.events = events;
    process.whenEnded((code, signal) => {
      this.exit = { code, signal };
      const late = setTimeout(() => this.channel?.close(), CHANNEL_LIMIT);
      void Promise.all([this.channelEnd(), outputEnd()]).then(() => {
        clearTimeout(late);
        this.end();
      });
    });
  }

  /** From now on it is spoken to over the channel that `open` gives. */
  attach(open: (events: ChannelEvents) => Channel): void {
    this.inFlight = new InFlight();
    this.got = 0;
    this.spares.clear();
    this.channel = open({
      message: (message, handle) => this.received(message as FromWorker, handle as StreamHandle | undefined),
      ended: () => this.unlinked(),
    });
  }

  get pid(): number {
    return this.process.pid;
  }

  /** It can be spoken to. */
  get isLinked(): boolean {
    return this.channel !== null;
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

  /** Sends it a copy of a socket: that of its slot, a spare, or one that it shares with others. */
  giveSocket(message: ToWorker, socket: object): void {
    if (!this.channel) return;
    this.inFlight.add(null);
    this.channel.send(message, socket as StreamHandle);
  }

  /** Asks whether its event loop turns, unless it owes that answer. */
  ping(): void {
    if (this.asked) this.silence += 1;
    else this.tell({ act: 'ping' });
    this.asked = true;
  }

  tell(message: ToWorker): void {
    this.channel?.send(message);
  }

  /** Sends a message to the app itself. */
  readonly say = (message: unknown): void => {
    if (this.isPreloaded) this.tell({ act: 'app', message });
    else this.channel?.send(message);
  };

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

  private received(message: FromWorker, handle: StreamHandle | undefined): void {
    // Of node:cluster in the worker, which looks for a primary.
    if (typeof message === 'object' && message !== null && 'cmd' in message) return;
    if (!this.isPreloaded) return this.heard(message);
    if ((message as { h?: unknown }).h) this.countHandle();
    this.receive(message, handle);
  }

  private heard(message: unknown): void {
    if (message === 'ready') this.events.ready();
    else if (typeof message === 'string') this.events.said(message);
  }

  private receive(message: FromWorker, handle: StreamHandle | undefined): void {
    switch (message.act) {
      case 'hello':
        return this.events.hello(message);
      case 'spare':
        return this.events.lent(message.key, message.slot, handle as ListenSocket | undefined);
      case 'got':
        return this.arrived(message.count);
      case 'lost':
        return this.refused(message.seq);
      case 'app':
        return this.heard(message.message);
      case 'left':
        return this.events.left();
      case 'exits':
        return this.process.exits(message.code);
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
          origin: `${this.tree.mark}:${message.give}`,
          safe: () => this.isSafe(message.give),
        });
      case 'pace':
        if (message.answers) this.answered = updated(this.answered, message.answers);
        return this.pace.told(message);
      case 'load': {
        const previous = this.load;
        this.load = message;
        this.open = message.open;
        return this.events.load(message, previous);
      }
    }
  }

  /** It listened there before, under another master. */
  resumePlace(key: string, server: ServerKind): void {
    this.places.set(key, server);
  }

  private checkReceipts(): void {
    this.watch = undefined;
    if (this.inFlight.oldestIsLate) this.events.late();
    if (this.inFlight.count > 0 && this.channel)
      this.watch = setTimeout(() => setImmediate(() => this.checkReceipts()), LATE);
  }

  /** Takes back the connections that have not arrived in time. */
  revoke(): Connection[] {
    return this.inFlight.revoke();
  }

  private arrived(count: number): void {
    for (const connection of this.inFlight.arrived(count)) {
      connection.handle.close();
      connection.safe?.();
      if (!connection.isPrivate) this.open += 1;
    }
    this.events.answered();
  }

  /** No descriptor was free for it in the worker. */
  private refused(seq: number): void {
    const connection = this.inFlight.lost(seq);
    if (connection) this.notArrived({ ...connection, refusals: connection.refusals + 1 });
  }

  /** It has not got this connection, and will not. */
  private notArrived(connection: Connection): void {
    if (connection.isPrivate) connection.handle.close();
    else this.events.orphaned(connection);
  }

  /** One receipt a turn, and with it what it need not keep any more. */
  private countHandle(): void {
    this.got += 1;
    this.receiptSoon();
  }

  private isSafe(give: number): void {
    this.safe.push(give);
    this.receiptSoon();
  }

  private receiptSoon(): void {
    if (this.owesReceipt) return;
    this.owesReceipt = true;
    setImmediate(() => {
      this.owesReceipt = false;
      this.tell({ act: 'got', count: this.got });
      if (this.safe.length > 0) this.tell({ act: 'taken', gives: this.safe.splice(0) });
    });
  }

  private ended: () => void = () => undefined;

  /** Everything that it sent was read. */
  private channelEnd(): Promise<void> {
    return new Promise((resolve) => {
      if (this.channel) this.ended = resolve;
      else resolve();
    });
  }

  private unlinked(): void {
    this.channel = null;
    clearTimeout(this.watch);
    this.watch = undefined;
    // In fork mode nobody sends it anything.
    this.admitted &&= this.mode === 'fork';
    for (const connection of this.inFlight.clear()) this.notArrived(connection);
    this.ended();
    this.process.lookSoon();
    this.events.unlinked();
  }

  private end(): void {
    const { code, signal } = this.exit!;
    this.admitted = false;
    this.places.clear();
    this.events.gone(code, signal);
  }
}
