// The master's view of one worker: its process, its place in routing, and the connections it has not answered for.
// What happens inside the worker is in daemon/worker.
import type { ChildProcess } from 'node:child_process';
import type { ListenSocket, StreamHandle } from '../connections/internals.ts';
import { LINK, NO_LOAD, type FromWorker, type ToWorker, type WorkerLoad } from '../protocol/worker-link.ts';
import type { ExecMode } from '../protocol/model.ts';
import type { WorkerEvents } from './worker-events.ts';
import type { Departure } from './departure.ts';
import type { Connection } from './hand-out.ts';
import { InFlight, LATE } from './in-flight.ts';
import type { LineTail } from '../logs/tail-buffer.ts';
import type { WorkerTree } from './worker-tree.ts';
import { WorstPace } from './worst-pace.ts';

const KEEP_OPEN = { keepOpen: true };
/** A grandchild may hold the worker's output open; its end is not waited for longer than this (ms). */
const OUTPUT_GRACE = 200;
/** The kernel closes the channel of a dead process before its exit is told: this limit (ms) is never reached. */
const CHANNEL_LIMIT = 1_000;

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
  /** It accepts by itself (`balance: kernel`), and its event loop is blocked. */
  stuck = false;
  /** How often in a row (once a second) it had not answered by the next time it was asked whether it lives. */
  silence = 0;
  private asked = false;
  open = 0;
  lastSent = 0;
  load: WorkerLoad = NO_LOAD;
  readonly pace = new WorstPace();
  /** What becomes of its connections; undefined until it is dismissed. */
  departure: Departure | undefined;
  /** Places it asked for, and whether its server there listens by now. */
  private readonly places = new Map<string, boolean>();
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
    if (child.channel) this.watchHandles();
    child.on('message', (message) => {
      if (message === 'ready') events.ready();
      else if (typeof message === 'string') events.said(message);
    });
    this.awaitEnd();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get unanswered(): number {
    return this.inFlight.count;
  }

  listensAt(key: string): boolean {
    return this.places.get(key) === true;
  }

  /** Whether it listens, or is about to, at `key`. */
  wants(key: string): boolean {
    return this.places.has(key);
  }

  /** Places at which its servers listen. */
  get listening(): string[] {
    return [...this.places].flatMap(([key, listens]) => (listens ? [key] : []));
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
    const { handle, key, moved, refusals } = connection;
    const { seq, sentAt } = this.inFlight.add(connection);
    const message: ToWorker & { cmd: string } = { cmd: LINK, act: 'connection', key, moved, refusals, seq, sentAt };
    // After the answers that have arrived by then were read: timers come before them.
    this.watch ??= setTimeout(() => setImmediate(() => this.checkAnswers()), LATE);
    // A channel that broke meanwhile is noticed as the end of the worker, which frees everything unanswered.
    this.child.send(message, handle as never, KEEP_OPEN);
  }

  private receive(message: FromWorker, handle: StreamHandle | undefined): void {
    switch (message.act) {
      case 'listen':
        this.places.set(message.request.key, false);
        return this.events.listen(message.request);
      case 'listening':
        this.places.set(message.key, true);
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

  /**
   * Node acknowledges each handle over the channel (NODE_HANDLE_ACK, in the order of sending) in the turn in which the worker
   * gets it, before it can read a byte: that is the answer, and spares a message for each connection. node:cluster sends
   * handles of its own through the same channel (UDP sockets), so all are counted. Seen on Node 20.20 and 24.21.
   */
  private watchHandles(): void {
    const { child } = this;
    const send = child.send.bind(child) as (...args: unknown[]) => boolean;
    child.send = (message: unknown, handle: unknown, ...rest: unknown[]) => {
      const ours = (message as { cmd?: unknown } | null)?.cmd === LINK;
      if (handle && !ours) this.inFlight.add(null);
      return send(message, handle, ...rest);
    };
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

  /** The worker has got the oldest handle, or (`arrived` false) the kernel could not give it to it: no descriptor was free. */
  private acknowledged(arrived: boolean): void {
    const connection = this.inFlight.acknowledged();
    if (!connection) return this.events.answered();
    if (!arrived) return this.events.orphaned({ ...connection, refusals: connection.refusals + 1 });
    connection.handle.close();
    this.taken += 1;
    this.open += 1;
    this.events.answered();
  }

  /** 'exit' may come before the last messages and the last output are read; only then it is known what was answered. */
  private awaitEnd(): void {
    const { child } = this;
    const output = [child.stdout, child.stderr].map(
      (stream) => new Promise<void>((resolve) => (stream ? stream.once('close', resolve) : resolve())),
    );
    child.once('exit', (code, signal) => {
      const outputEnd = Promise.race([Promise.all(output), pause(OUTPUT_GRACE)]);
      void Promise.all([channelEnd(child), outputEnd]).then(() => this.end(code, signal));
    });
  }

  private end(code: number | null, signal: string | null): void {
    this.admitted = false;
    this.places.clear();
    clearTimeout(this.watch);
    for (const connection of this.inFlight.clear()) this.events.orphaned(connection);
    this.events.gone(code, signal);
  }
}

/**
 * Everything that a dead worker sent has been read. Not the 'disconnect' event: Node holds it back for ever when a handle was
 * in flight at the worker's death (its queue waits for the acknowledgement; read and seen in Node 20.20), which is the very case that matters.
 */
async function channelEnd(child: ChildProcess): Promise<void> {
  const until = performance.now() + CHANNEL_LIMIT;
  while (child.connected && performance.now() < until) await pause(1);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
