// The master's view of one worker: its process, its place in routing, and the connections it has not answered for.
// What happens inside the worker is in daemon/worker.
import type { Channel, ChannelEvents } from '../../channel/channel.ts';
import type { ListenSocket, StreamHandle } from '../../connections/internals.ts';
import { NO_ANSWERS, updated, type AnswerCounts } from '../../protocol/answer-times.ts';
import { NO_LOAD } from '../../protocol/worker-link.ts';
import type { FromWorker, ServerKind, ToWorker, WorkerLoad } from '../../protocol/worker-link.ts';
import type { AppSpec, ExecMode } from '../../protocol/model.ts';
import type { WorkerEvents } from './worker-events.ts';
import type { Lacking } from '../bind-failure.ts';
import type { Departure } from '../departure.ts';
import type { Connection } from '../hand-out.ts';
import type { LineTail } from '../../logs/tail-buffer.ts';
import type { WorkerProcess } from './process.ts';
import { WorkerLine } from './worker-line.ts';
import type { WorkerTree } from './worker-tree.ts';
import { WorstPace } from '../worst-pace.ts';

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
  /** What is on its way to it. */
  readonly line: WorkerLine;
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
    this.line = new WorkerLine({
      message: (message, handle) => this.received(message as FromWorker, handle as StreamHandle | undefined),
      late: () => events.late(),
      orphaned: (connection) => events.orphaned(connection),
      ended: () => this.unlinked(),
    });
    process.whenEnded((code, signal) => void this.end(code, signal, outputEnd));
  }

  /** From now on it is spoken to over the channel that `open` gives. */
  attach(open: (events: ChannelEvents) => Channel): void {
    this.spares.clear();
    // Over the channel before, an answer may have been lost.
    this.asked = false;
    this.line.attach(open);
  }

  get pid(): number {
    return this.process.pid;
  }

  /** It can be spoken to. */
  get isLinked(): boolean {
    return this.line.isOpen;
  }

  get unanswered(): number {
    return this.line.unanswered;
  }

  /** A question to it is under way that it has not even got yet. */
  get owesAnswer(): boolean {
    return this.line.owesAnswer;
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
    this.line.giveSocket(message, socket);
  }

  /** Asks whether its event loop turns, unless it owes that answer. */
  ping(): void {
    if (this.asked) this.silence += 1;
    else this.tell({ act: 'ping' });
    this.asked = true;
  }

  tell(message: ToWorker): void {
    this.line.tell(message);
  }

  /** Sends a message to the app itself. */
  readonly say = (message: unknown): void => {
    if (this.isPreloaded) this.tell({ act: 'app', message });
    else this.line.tell(message);
  };

  /** Sends a connection; this side's copy is kept until it has arrived. */
  send(connection: Connection): void {
    this.line.send(connection);
  }

  private received(message: FromWorker, handle: StreamHandle | undefined): void {
    // Of node:cluster in the worker, which looks for a primary.
    if (typeof message === 'object' && message !== null && 'cmd' in message) return;
    if (!this.isPreloaded) return this.heard(message);
    if ((message as { h?: unknown }).h) this.line.countHandle();
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
        this.open += this.line.arrived(message.count);
        return this.events.answered();
      case 'lost':
        return this.line.refused(message.seq);
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
        return this.tell({ act: 'claimed', seq: message.seq, yours: this.line.claim(message.seq) });
      case 'closed':
        return void this.places.delete(message.key);
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
          safe: () => this.line.isSafe(message.give),
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

  private unlinked(): void {
    // In fork mode nobody sends it anything.
    this.admitted &&= this.mode === 'fork';
    this.process.lookSoon();
    this.events.unlinked();
  }

  private async end(code: number | null, signal: string | null, outputEnd: () => Promise<void>): Promise<void> {
    await Promise.all([this.line.end(), outputEnd()]);
    this.admitted = false;
    this.places.clear();
    this.events.gone(code, signal);
  }
}
