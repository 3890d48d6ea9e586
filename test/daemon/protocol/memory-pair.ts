// Two peers joined in memory: what one writes the other receives in a later turn, as with a socket.
import { NO_SERVICE, Peer, type Service } from '../../../daemon/protocol/peer.ts';
import { ZdmError } from '../../../daemon/protocol/errors.ts';
import { ANSWER_LIMIT, FRAME_LIMIT } from '../../../daemon/protocol/frames.ts';

export interface MemoryPair {
  readonly client: Peer;
  readonly server: Peer;
  /** Every frame that each side wrote so far, as text. */
  readonly sent: { readonly client: string[]; readonly server: string[] };
  /** What the server wrote and the client has not taken (bytes). */
  readonly backlog: number;
  readonly closed: boolean;
  /** The client stops taking bytes, until `resume`. */
  pause(): void;
  resume(): void;
  /** Bytes to the server that no peer wrote. */
  inject(bytes: string | Buffer): void;
  /** The connection breaks. */
  cut(): void;
}

/** A client joined to a server with `service`; bytes are delivered in pieces of at most `piece`. */
export function memoryPair(service: Service, options: { limit?: number; piece?: number } = {}): MemoryPair {
  const { limit = FRAME_LIMIT, piece = 64 * 1024 } = options;
  const sent = { client: [] as string[], server: [] as string[] };
  let waiting: Buffer[] = [];
  let paused = false;
  let closed = false;

  const deliver = (to: Peer, bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; at += piece) to.receive(bytes.subarray(at, at + piece));
  };
  const toClient = (): void => {
    if (paused || waiting.length === 0) return;
    const ready = waiting;
    waiting = [];
    for (const bytes of ready) deliver(client, bytes);
    server.drained();
  };
  const cut = (): void => {
    if (closed) return;
    closed = true;
    const error = new ZdmError('DISCONNECTED', 'The connection was lost.');
    server.close(error);
    client.close(error);
  };
  const inject = (bytes: string | Buffer): void => {
    setImmediate(() => closed || deliver(server, Buffer.from(bytes)));
  };
  // As a socket does it: what was written before is still delivered.
  const close = (): void => void setImmediate(cut);

  const client = new Peer(
    {
      write(text) {
        sent.client.push(text);
        inject(text);
      },
      backlog: 0,
      close,
    },
    NO_SERVICE,
    ANSWER_LIMIT,
  );
  const server = new Peer(
    {
      write(text) {
        sent.server.push(text);
        waiting.push(Buffer.from(text));
        setImmediate(toClient);
      },
      get backlog() {
        return waiting.reduce((sum, bytes) => sum + bytes.length, 0);
      },
      close,
    },
    service,
    limit,
  );
  return {
    client,
    server,
    sent,
    get backlog() {
      return waiting.reduce((sum, bytes) => sum + bytes.length, 0);
    },
    get closed() {
      return closed;
    },
    pause: () => void (paused = true),
    resume() {
      paused = false;
      setImmediate(toClient);
    },
    inject,
    cut,
  };
}
