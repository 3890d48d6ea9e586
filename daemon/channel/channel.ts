// Messages and handles between a master and a worker, over a unix socket: one JSON object a line; a message that has a handle with it
// says so in `h`. Both sides count the handles that they send; the receiver's receipts (see below) say how many have arrived.
import { StringDecoder } from 'node:string_decoder';
import { type IpcPipe, type Sendable, writeTo } from './pipes.ts';

export type { Sendable } from './pipes.ts';

/** Node's own messages are longer, too: an app may send what it likes. */
const LONGEST_LINE = 64 * 1024 * 1024;

export interface ChannelEvents {
  /** `handle` is missing where one was sent and no descriptor was free for it. */
  message(message: unknown, handle: Sendable | undefined): void;
  /** The other side has gone, or `close` was called; once. */
  ended(): void;
}

export class Channel {
  private readonly pipe: IpcPipe;
  private events: ChannelEvents;
  private readonly decoder = new StringDecoder();
  private readonly arrived: Sendable[] = [];
  private text = '';
  private open = true;
  /** Something was read since reading began. */
  private hasRead = false;

  constructor(pipe: IpcPipe, events: ChannelEvents) {
    this.pipe = pipe;
    this.events = events;
    pipe.onread = (bytes) => this.read(bytes);
    pipe.readStart();
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Bytes that the kernel has not taken yet: the other side does not read. */
  get unwritten(): number {
    return this.open ? (this.pipe.writeQueueSize ?? 0) : 0;
  }

  /**
   * Sends it, unless the channel has ended. This side's copy of `handle` stays open; `written` is called when it may be closed,
   * once and never in this turn.
   */
  send(message: unknown, handle?: Sendable, written?: () => void): void {
    const text = `${JSON.stringify(handle ? { ...(message as object), h: 1 } : message)}\n`;
    // An error now is an end that is about to be read.
    const errno = this.open ? writeTo(this.pipe, text, handle, written) : -1;
    if (errno !== 0 && written) setImmediate(written);
  }

  /** From now on somebody else is told. */
  turnTo(events: ChannelEvents): this {
    this.events = events;
    return this;
  }

  /** What keeps the process alive is somebody else's affair. */
  unref(): this {
    this.pipe.unref();
    return this;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.pipe.onread = () => undefined;
    this.pipe.close();
    for (const handle of this.arrived.splice(0)) handle.close();
    this.events.ended();
  }

  private read(bytes: ArrayBuffer | undefined): void {
    const { pendingHandle } = this.pipe;
    this.pipe.pendingHandle = null;
    if (pendingHandle) this.arrived.push(pendingHandle);
    if (!bytes) return this.endsPerhaps();
    this.hasRead = true;
    this.text += this.decoder.write(Buffer.from(bytes));
    let start = 0;
    for (let end = this.text.indexOf('\n'); end >= 0; end = this.text.indexOf('\n', start)) {
      const line = this.text.slice(start, end);
      start = end + 1;
      this.deliver(line);
      if (!this.open) return;
    }
    this.text = this.text.slice(start);
    if (this.text.length > LONGEST_LINE) this.close();
  }

  /**
   * When the other side has gone, libuv takes the channel for read as soon as a read did not fill its buffer; and a read ends with each
   * handle. What is still in the kernel is read by beginning again, until nothing comes. (Node 20.20: of 279 handles that a dead sender
   * had left, 2 arrived without this and 279 with it. The libuv of 24.21 and 26.10 reads to the end by itself.)
   */
  private endsPerhaps(): void {
    const goesOn = this.hasRead && this.pipe.readStart() === 0;
    this.hasRead = false;
    if (!goesOn) this.close();
  }

  private deliver(line: string): void {
    const message = parse(line);
    if (message === undefined) return;
    const { h } = (message ?? {}) as { readonly h?: unknown };
    this.events.message(message, h ? this.arrived.shift() : undefined);
  }
}

/** Undefined where it is no message: somebody wrote into the channel. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
