// Requests, answers and subscriptions over anything that carries lines. Both sides of every connection are a Peer:
//   {id, method, params}     -> {id, result} | {id, error}
//   {id, topic, params}      -> {id, snapshot}, then {id, event}…, at last {id, end}
//   {cancel: id}                ends a subscription
import { fromWire, toWire, ZdmError } from './errors.ts';
import { decodeFrame, encodeFrame, LineSplitter } from './frames.ts';

/** What carries the bytes. */
export interface Transport {
  write(text: string): void;
  /** Bytes that the other side has not taken yet. */
  readonly backlog: number;
  close(): void;
}

/** One open subscription, seen from the side that has the data. */
export interface Feed {
  /** The whole present state, with every event pushed so far in it. Asked for at the beginning, and after a slow reader missed some. */
  snapshot(): unknown;
  close(): void;
}

/** What one side offers. Methods it does not know reject with UNKNOWN_METHOD. */
export interface Service {
  call(method: string, params: unknown): Promise<unknown>;
  /** `push` gives false when the event was left out: the reader is slow, and a snapshot will be asked for when it has caught up. */
  subscribe(topic: string, params: unknown, push: (event: unknown) => boolean, end: () => void): Feed | Promise<Feed>;
  /** The connection has ended; once. */
  closed?(): void;
}

/** Called as the messages of one subscription come in. */
export interface Listener {
  snapshot(snapshot: unknown): void;
  event(event: unknown): void;
  end(error: ZdmError | null): void;
}

/** Events (bytes) that wait for a slow reader before it gets a fresh snapshot instead. */
const BACKLOG_LIMIT = 1024 * 1024;
/** What one connection may have open at a time. A chunk of 64 KiB, all of which is taken at once, has fewer calls in it. */
const MOST_FEEDS = 64;
const MOST_CALLS = 4_096;
const DEFAULT_TIMEOUT = 10_000;

/** A side that only asks. */
export const NO_SERVICE: Service = {
  call: (method) => Promise.reject(new ZdmError('UNKNOWN_METHOD', `There is no method "${method}" here.`)),
  subscribe: (topic) => Promise.reject(new ZdmError('UNKNOWN_METHOD', `There is no topic "${topic}" here.`)),
};

export class Peer {
  private readonly transport: Transport;
  private readonly service: Service;
  private readonly splitter: LineSplitter;
  private readonly calls = new Map<number, { done(result: unknown): void; failed(error: ZdmError): void }>();
  private readonly listeners = new Map<number, Listener>();
  private readonly feeds = new Map<unknown, { feed: Feed | null; stale: boolean }>();
  /** Calls of the other side that are not answered yet. */
  private unanswered = 0;
  private nextId = 1;
  private closed: ZdmError | null = null;

  constructor(transport: Transport, service: Service, limit: number) {
    this.transport = transport;
    this.service = service;
    this.splitter = new LineSplitter(limit);
  }

  /** Asks the other side. Rejects with its error, with TIMEOUT after `timeout` ms, or with DISCONNECTED. */
  call(method: string, params: unknown, timeout = DEFAULT_TIMEOUT): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(this.closed);
      const id = this.nextId++;
      const late = new ZdmError('TIMEOUT', `No answer to "${method}" within ${timeout / 1000}s.`);
      const timer = setTimeout(() => this.calls.get(id)?.failed(late), timeout);
      const finish = (): void => {
        clearTimeout(timer);
        this.calls.delete(id);
      };
      this.calls.set(id, {
        done: (result) => (finish(), resolve(result)),
        failed: (error) => (finish(), reject(error)),
      });
      this.send({ id, method, params });
    });
  }

  /** Follows a topic of the other side until the returned function is called. */
  subscribe(topic: string, params: unknown, listener: Listener): () => void {
    const id = this.nextId++;
    if (this.closed) {
      const error = this.closed;
      queueMicrotask(() => listener.end(error));
      return () => undefined;
    }
    this.listeners.set(id, listener);
    this.send({ id, topic, params });
    return () => {
      if (this.listeners.delete(id) && !this.closed) this.send({ cancel: id });
    };
  }

  /** Bytes from the other side. */
  receive(chunk: Buffer): void {
    try {
      for (const line of this.splitter.feed(chunk)) this.receiveLine(line);
    } catch (error) {
      // The stream cannot be understood from here on.
      this.send({ id: null, error: toWire(error) });
      this.close(error instanceof ZdmError ? error : new ZdmError('INTERNAL', String(error)));
      this.transport.close();
    }
  }

  /** The other side has taken what was waiting: subscriptions that missed events are brought up to date. */
  drained(): void {
    for (const [id, entry] of this.feeds) {
      if (!entry.stale || !entry.feed) continue;
      entry.stale = false;
      this.send({ id, snapshot: entry.feed.snapshot() });
    }
  }

  /** The connection is gone: everything that waits for it ends with `error`. */
  close(error: ZdmError): void {
    if (this.closed) return;
    this.closed = error;
    for (const { failed } of this.calls.values()) failed(error);
    for (const listener of this.listeners.values()) listener.end(error);
    for (const { feed } of this.feeds.values()) feed?.close();
    this.listeners.clear();
    this.feeds.clear();
    this.service.closed?.();
  }

  private send(message: object): void {
    if (!this.closed) this.transport.write(encodeFrame(message));
  }

  private receiveLine(line: string): void {
    if (this.closed) return;
    let message: Record<string, unknown>;
    try {
      message = decodeFrame(line);
    } catch (error) {
      return this.send({ id: null, error: toWire(error) });
    }
    const { id } = message;
    if (typeof message['method'] === 'string') void this.answer(id, message['method'], message['params']);
    else if (typeof message['topic'] === 'string') void this.feed(id, message['topic'], message['params']);
    else if ('cancel' in message) this.cancel(message['cancel']);
    else if (id === null && 'error' in message) this.refused(fromWire(message['error']));
    else if (typeof id === 'number' && this.calls.has(id)) this.receiveAnswer(id, message);
    else if (typeof id === 'number' && this.listeners.has(id)) this.receiveEvent(id, message);
    else if (
      !('result' in message || 'snapshot' in message || 'event' in message || 'end' in message || 'error' in message)
    ) {
      this.send({
        id: id ?? null,
        error: toWire(new ZdmError('BAD_REQUEST', 'A message is neither a request nor an answer.')),
      });
    }
  }

  /** The other side could not even read what we sent (too long), so it cannot say to which of our calls that belongs. */
  private refused(error: ZdmError): void {
    for (const { failed } of this.calls.values()) failed(error);
  }

  private receiveAnswer(id: number, message: Record<string, unknown>): void {
    const call = this.calls.get(id)!;
    if ('error' in message) call.failed(fromWire(message['error']));
    else call.done(message['result']);
  }

  private receiveEvent(id: number, message: Record<string, unknown>): void {
    const listener = this.listeners.get(id)!;
    if ('snapshot' in message) listener.snapshot(message['snapshot']);
    else if ('event' in message) listener.event(message['event']);
    else {
      this.listeners.delete(id);
      listener.end('error' in message ? fromWire(message['error']) : null);
    }
  }

  private async answer(id: unknown, method: string, params: unknown): Promise<void> {
    this.unanswered += 1;
    try {
      if (this.unanswered > MOST_CALLS) throw new ZdmError('BAD_REQUEST', 'Too many calls wait for their answers.');
      this.send({ id, result: (await this.service.call(method, params)) ?? null });
    } catch (error) {
      this.send({ id, error: toWire(error) });
    } finally {
      this.unanswered -= 1;
    }
  }

  private async feed(id: unknown, topic: string, params: unknown): Promise<void> {
    if (this.feeds.has(id)) return this.send({ id, error: toWire(new ZdmError('BAD_REQUEST', 'This id is in use.')) });
    if (this.feeds.size >= MOST_FEEDS)
      return this.send({ id, error: toWire(new ZdmError('BAD_REQUEST', 'Too many subscriptions on one connection.')) });
    const entry: { feed: Feed | null; stale: boolean } = { feed: null, stale: false };
    this.feeds.set(id, entry);
    // The id may have been cancelled and taken again while this one was opening.
    const isOpen = (): boolean => this.feeds.get(id) === entry;
    const push = (event: unknown): boolean => {
      if (!entry.feed || !isOpen()) return false;
      entry.stale ||= this.transport.backlog > BACKLOG_LIMIT;
      if (!entry.stale) this.send({ id, event });
      return !entry.stale;
    };
    const end = (): void => {
      if (isOpen() && this.feeds.delete(id)) this.send({ id, end: true });
    };
    try {
      const opened = this.service.subscribe(topic, params, push, end);
      const feed = opened instanceof Promise ? await opened : opened;
      if (!isOpen()) return feed.close();
      const snapshot = feed.snapshot();
      entry.feed = feed;
      this.send({ id, snapshot });
    } catch (error) {
      if (isOpen() && this.feeds.delete(id)) this.send({ id, error: toWire(error) });
    }
  }

  private cancel(id: unknown): void {
    this.feeds.get(id)?.feed?.close();
    this.feeds.delete(id);
  }
}
