// The servers of this worker whose sockets the master owns, and their open connections.
import { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import type { StreamHandle } from '../connections/internals.ts';
import { holdAlive, letGo, tell } from './link.ts';

/** Stands in for the libuv handle of a listening server; node:net drives it like a real one. */
export class ListenHandle {
  /** Set by node:net: takes an accepted connection, with all that net.Server does about it (limits, noDelay, counting). */
  onconnection: ((errno: number, handle: StreamHandle) => void) | undefined;
  private readonly sockname: object;
  private readonly closed: () => void;
  private held = true;

  constructor(sockname: object, closed: () => void) {
    this.sockname = sockname;
    this.closed = closed;
    holdAlive();
  }

  listen(): number {
    return 0;
  }

  getsockname(out: object): number {
    Object.assign(out, this.sockname);
    return 0;
  }

  close(done?: () => void): void {
    this.unref();
    this.closed();
    if (done) process.nextTick(done);
  }

  hasRef(): boolean {
    return this.held;
  }

  ref(): void {
    if (!this.held) holdAlive();
    this.held = true;
  }

  unref(): void {
    if (this.held) letGo();
    this.held = false;
  }
}

/**
 * One server of the app. It stays known after the app closed it: its connections live on. Nothing is kept of a connection:
 * what there is to know, node knows, and whatever we did for each would be done for every one-shot connection.
 */
export class Served {
  readonly server: Server;
  key = '';
  /** Present while it listens. */
  handle: ListenHandle | undefined;

  constructor(server: Server) {
    this.server = server;
  }

  /** The HTTP/1.1 server whose idle connections can move; undefined for TLS, HTTP/2 and plain net servers. */
  get movable(): HttpServer | undefined {
    return this.server instanceof HttpServer ? this.server : undefined;
  }

  /** Called by the seam when the master has the socket; `closed` when the app closes the server. */
  listen(key: string, sockname: object, closed: () => void): ListenHandle {
    this.key = key;
    this.handle = new ListenHandle(sockname, () => {
      this.handle = undefined;
      closed();
      tell({ act: 'closed', key });
    });
    this.server.once('listening', () => tell({ act: 'listening', key }));
    return this.handle;
  }
}
