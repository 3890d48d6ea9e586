// The servers of this worker whose sockets the master owns, and their open connections.
import { Server as HttpServer, type IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { intercept } from '../connections/intercept.ts';
import {
  BACKLOG,
  connectionCount,
  onConnection,
  type HttpSocket,
  type ListenSocket,
  type StreamHandle,
} from '../connections/internals.ts';
import { openSessions } from './http2.ts';
import type { HeldPlace, ListenRequest, ServerKind } from '../protocol/worker-link.ts';
import { holdAlive, lend, letGo, tell, type Lent } from './channel/link.ts';
import { WebSockets } from './websockets.ts';

/** Node keeps an idle connection this much (ms) longer than it says, and its timers have a grain. */
const EXPIRY_GRACE = 2_000;

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
 * One server of the app. It stays known after the app closed it: its connections live on. Nothing is kept of a plain HTTP
 * connection: what there is to know, node knows, and whatever we did for each would be done for every one-shot connection.
 */
export class Served {
  readonly server: Server;
  key = '';
  /** Present while it listens. */
  handle: ListenHandle | undefined;
  /** The HTTP/2 sessions that are open. */
  readonly sessions: ReturnType<typeof openSessions>;
  readonly webSockets = new WebSockets();
  private canMove = false;
  /** How long (ms) after the master's end a spare is used, and what waits for that. */
  private patience = 0;
  private timer: NodeJS.Timeout | undefined;
  private request: ListenRequest | undefined;
  private sockname: object = {};
  /** A copy of the socket, when one is here: what is done with it. `slot`: it is that of this worker's slot, which accepts by itself. */
  private socket: { readonly handle: ListenSocket; readonly use: Exclude<HeldPlace['held'], 'nothing'> } | undefined;

  constructor(server: Server) {
    this.server = server;
    this.sessions = openSessions(server);
    intercept(server, (name, args) => {
      if (name === 'upgrade') this.webSockets.add(args[0] as IncomingMessage, args[1] as Duplex);
      return false;
    });
  }

  /** The HTTP/1.1 server whose idle connections can move; undefined for TLS, HTTP/2 and plain net servers. */
  get movable(): HttpServer | undefined {
    return this.canMove && this.server instanceof HttpServer ? this.server : undefined;
  }

  /** How long (ms) its idle connections may count on being open, where they cannot move; 0 when it says nothing about it. */
  get promised(): number {
    const { keepAliveTimeout = 0 } = this.server as Partial<HttpServer>;
    return this.movable || keepAliveTimeout <= 0 ? 0 : keepAliveTimeout + EXPIRY_GRACE;
  }

  /** Called by the seam when the master has the socket; `closed` when the app closes the server. */
  listen(
    request: ListenRequest,
    { sockname, move }: { sockname: object; move: boolean },
    closed: () => void,
  ): ListenHandle {
    const { key } = request;
    this.key = key;
    this.request = request;
    this.sockname = sockname;
    this.canMove = move;
    this.handle = new ListenHandle(sockname, () => {
      this.handle = undefined;
      this.release();
      closed();
      tell({ act: 'closed', key });
    });
    this.server.once('listening', () => tell({ act: 'listening', key, ...kindOf(this.server) }));
    return this.handle;
  }

  /** Where it listens, and what it holds of that; undefined when it does not listen (yet). */
  get place(): HeldPlace | undefined {
    if (!this.handle || !this.request || !this.server.listening) return undefined;
    const { request, sockname, server } = this;
    return { request, sockname, server: kindOf(server), held: this.socket?.use ?? 'nothing' };
  }

  /** The copy of its socket, for the next master. */
  get lent(): Lent | undefined {
    return this.socket && { key: this.key, slot: this.socket.use === 'slot', socket: this.socket.handle };
  }

  /** How many connections it has. */
  get open(): number {
    return connectionCount(this.server);
  }

  /** Takes a connection; `opened` sees its socket before the app does, if the server does not refuse it. */
  connect(connection: StreamHandle, opened: (socket: HttpSocket) => void): void {
    const { server } = this;
    const look = opened as (socket: Socket) => void;
    server.prependOnceListener('connection', look);
    this.handle?.onconnection?.(0, connection);
    server.removeListener('connection', look);
  }

  /** Accepts on the socket of its slot; `arrived` is called for each connection. With `back` the master gets a copy. */
  acceptInSlot(socket: ListenSocket, back: boolean, arrived: (connection: StreamHandle) => void): void {
    if (back) lend({ act: 'returned', key: this.key }, socket);
    this.hold(socket, 'slot');
    this.accept(arrived);
  }

  /** Keeps a copy of the socket, for the time after the master; what it accepted on until now, it leaves. */
  keepSpare(socket: ListenSocket, after: number): void {
    this.hold(socket, 'spare');
    this.patience = after;
  }

  /** The master has gone: whoever has a spare accepts, unless the next one is there in time. */
  acceptOnSpare(arrived: (connection: StreamHandle) => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.acceptNow(arrived), this.patience).unref();
    if (this.patience === 0) this.acceptNow(arrived);
  }

  /** A master is there again. */
  stayOnSpare(): void {
    clearTimeout(this.timer);
  }

  private acceptNow(arrived: (connection: StreamHandle) => void): void {
    clearTimeout(this.timer);
    if (this.socket?.use !== 'spare') return;
    this.socket = { handle: this.socket.handle, use: 'accepting' };
    this.accept(arrived);
  }

  /** Leaves the socket, and what waits in it, to others. */
  release(): void {
    this.socket?.handle.close();
    this.socket = undefined;
  }

  private hold(handle: ListenSocket, use: 'spare' | 'slot'): void {
    this.release();
    this.socket = { handle, use };
    // What keeps the process alive is the same as without it.
    handle.unref();
  }

  private accept(arrived: (connection: StreamHandle) => void): void {
    const { handle } = this.socket!;
    onConnection(handle, arrived);
    handle.listen(this.request?.backlog || BACKLOG);
    handle.unref();
  }
}

/** By documented methods that only these servers have: loading node:tls and node:http2 to ask for their classes would cost each worker. */
function kindOf(server: Server): ServerKind {
  return { secure: 'setSecureContext' in server, http2: 'updateSettings' in server };
}
