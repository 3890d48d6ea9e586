// The master's view of one worker: its process, its place in routing, and the connections it has not answered for.
// What happens inside the worker is in daemon/worker.
import type { ChildProcess } from 'node:child_process';
import type { StreamHandle } from '../connections/internals.ts';
import { LINK, type FromWorker, type ToWorker, type WorkerLoad } from '../protocol/worker-link.ts';
import type { ExecMode } from '../protocol/model.ts';
import type { Connection } from './hand-out.ts';
import type { LineTail } from '../logs/tail-buffer.ts';

/** What a worker makes the master do. Each call is about the worker it was given to. */
export interface WorkerEvents {
  listen(request: Extract<FromWorker, { act: 'listen' }>['request']): void;
  listening(): void;
  ready(): void;
  /** It answered for a connection: routing may go on. */
  answered(): void;
  /** A connection needs another worker. */
  orphaned(connection: Connection): void;
  /** It gave an idle connection back to be moved. */
  gave(connection: Connection): void;
  load(load: WorkerLoad, previous: WorkerLoad): void;
  /** The process has ended, and all it ever said has been heard. */
  gone(code: number | null, signal: string | null): void;
}

const KEEP_OPEN = { keepOpen: true };
const NO_LOAD: WorkerLoad = { open: 0, busy: 0, requests: 0, draining: false, signal: 'SIGINT' };
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
  /** The last lines it printed. */
  readonly tail: LineTail;
  admitted = false;
  open = 0;
  lastSent = 0;
  load: WorkerLoad = NO_LOAD;
  /** Idle connections that it gave back while draining. */
  given = 0;
  /** Places it asked for, and whether its server there listens by now. */
  private readonly places = new Map<string, boolean>();
  private pending: Connection[] = [];
  private readonly events: WorkerEvents;

  constructor(
    identity: Pick<WorkerHandle, 'id' | 'slot' | 'generation' | 'mode'>,
    child: ChildProcess,
    tail: LineTail,
    events: WorkerEvents,
  ) {
    this.id = identity.id;
    this.slot = identity.slot;
    this.generation = identity.generation;
    this.mode = identity.mode;
    this.child = child;
    this.tail = tail;
    this.events = events;
    // Sending to a channel that has just broken: the end of the worker is noticed by itself.
    child.on('error', () => undefined);
    child.on('internalMessage', (message: unknown, handle: unknown) => {
      if ((message as { cmd?: unknown }).cmd === LINK)
        this.receive(message as FromWorker, handle as StreamHandle | undefined);
    });
    child.on('message', (message) => {
      if (message === 'ready') events.ready();
    });
    this.awaitEnd();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get unanswered(): number {
    return this.pending.length;
  }

  listensAt(key: string): boolean {
    return this.places.get(key) === true;
  }

  /** Whether it listens, or is about to, at `key`. */
  wants(key: string): boolean {
    return this.places.has(key);
  }

  tell(message: ToWorker): void {
    if (this.child.connected) this.child.send({ cmd: LINK, ...message });
  }

  /** Sends a connection; this side's copy is kept until the worker answers. */
  send(connection: Connection): void {
    this.pending.push(connection);
    const message: ToWorker & { cmd: string } = {
      cmd: LINK,
      act: 'connection',
      key: connection.key,
      moved: connection.moved,
    };
    // A channel that broke meanwhile is noticed as the end of the worker, which frees everything unanswered.
    this.child.send(message, connection.handle as never, KEEP_OPEN);
  }

  private receive(message: FromWorker, handle: StreamHandle | undefined): void {
    switch (message.act) {
      case 'listen':
        this.places.set(message.request.key, false);
        return this.events.listen(message.request);
      case 'listening':
        this.places.set(message.key, true);
        return this.events.listening();
      case 'closed':
        this.places.delete(message.key);
        return;
      case 'accepted':
        this.pending.shift()?.handle.close();
        this.open += 1;
        return this.events.answered();
      case 'refused': {
        const connection = this.pending.shift();
        if (connection) this.events.orphaned({ ...connection, refusals: connection.refusals + 1 });
        return;
      }
      case 'give':
        if (!handle) return;
        this.given += 1;
        return this.events.gave({ handle, key: message.key, moved: message.moved, waitingSince: null, refusals: 0 });
      case 'load': {
        const previous = this.load;
        this.load = message;
        this.open = message.open;
        return this.events.load(message, previous);
      }
    }
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
    const orphans = this.pending;
    this.pending = [];
    for (const connection of orphans) this.events.orphaned(connection);
    this.events.gone(code, signal);
  }
}

/**
 * Everything that a dead worker sent has been read. Not the 'disconnect' event: Node holds it back for ever when a handle was
 * in flight at the worker's death (its queue waits for the acknowledgement; read and seen in Node 20.20), which is the very case that matters.
 */
async function channelEnd(child: ChildProcess): Promise<void> {
  const until = Date.now() + CHANNEL_LIMIT;
  while (child.connected && Date.now() < until) await pause(1);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
