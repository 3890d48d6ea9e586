// The undocumented parts of node:http and node:net that moving a connection touches, named in one place.
// Their behaviour is tried at run time (self-test.ts); seen to hold on Node 20.20 and 24.21.
import type { Server as HttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';

/** A libuv stream (TCP or Pipe). */
export interface StreamHandle {
  readonly writeQueueSize?: number;
  onread?: unknown;
  /** Kept by node:net and node:http about who reads. */
  reading?: boolean;
  _consumed?: boolean;
  readStop(): number;
  close(): void;
  /** Of TCP only. */
  getpeername?(out: { address?: string; port?: number }): number;
}

/** A listening socket of libuv. */
export interface ListenSocket extends StreamHandle {
  onconnection?: (errno: number, connection: StreamHandle | undefined) => void;
  getsockname(out: object): number;
  listen(backlog: number): number;
  unref(): void;
}

/** Node's own, where an app names none. */
export const BACKLOG = 511;

/** From now on `arrived` gets what the socket accepts; a failed accept is the client's affair. */
export function onConnection(socket: ListenSocket, arrived: (connection: StreamHandle) => void): void {
  socket.onconnection = (errno, connection) => {
    if (errno === 0 && connection) arrived(connection);
  };
}

/** The C++ parser behind a socket of an http.Server. */
export interface Parser {
  socket: Socket | null;
  unconsume(): void;
  remove(): void;
}

interface PendingResponse {
  finished?: boolean;
  headersSent: boolean;
  shouldKeepAlive: boolean;
  /** The head as it was sent. */
  _header?: string | null;
}

export interface HttpSocket extends Socket {
  _handle: StreamHandle | null;
  _httpMessage?: PendingResponse | null;
  parser?: Parser | null;
}

/** Under TLS: the socket that it came over. */
interface Layered extends Socket {
  readonly _parent?: Socket | null;
}

interface ConnectionsList {
  all?(): Parser[];
  idle?(): Parser[];
}

/** All connections of an http or https server that speak HTTP/1.1 at this moment: not upgraded, not ended. */
export function httpSockets(server: Server): HttpSocket[] {
  const sockets =
    connectionsOf(server)
      ?.all?.()
      .map((parser) => parser.socket as HttpSocket | null) ?? [];
  return sockets.filter((socket) => socket !== null);
}

/** The socket that the kernel knows: under TLS the one below. */
export function lowest(socket: Socket): Socket {
  return (socket as Layered)._parent ?? socket;
}

/** Is a response under way that will end by itself? An event stream (SSE) ends when its client or its worker does. */
export function isAnswering({ _httpMessage: response }: HttpSocket): boolean {
  return !!response && !isEventStream(response);
}

/** Makes this response say that its connection closes. False when there is none, or when its head has gone out already. */
export function closeAfter(response: PendingResponse | null | undefined): boolean {
  if (!response || response.headersSent) return false;
  response.shouldKeepAlive = false;
  return true;
}

/** By the head that was sent: an app may have written it in any of node's ways. */
export function isEventStream({ _header: head }: { readonly _header?: string | null }): boolean {
  return /^content-type: *text\/event-stream/im.test(head ?? '');
}

/** The connections of the server that are between two messages, as its own `closeIdleConnections` sees them. */
export function idleParsers(server: HttpServer): Parser[] {
  return connectionsOf(server)?.idle?.() ?? [];
}

/** The client's address, in one form for IPv4 whatever the listener; null for a unix socket, or when the client has gone. */
export function clientAddress(handle: StreamHandle): string | null {
  const name: { address?: string } = {};
  if (handle.getpeername?.(name) !== 0) return null;
  return name.address?.replace(/^::ffff:/, '') ?? null;
}

/** How many connections a server has, of whatever protocol; kept by node:net itself, which forgets a socket when it is destroyed. */
export function connectionCount(server: Server): number {
  return (server as Server & { _connections?: number })._connections ?? 0;
}

function connectionsOf(server: Server): ConnectionsList | undefined {
  const symbol = Object.getOwnPropertySymbols(server).find((one) => one.description === 'http.server.connections');
  return symbol && (server as unknown as Record<symbol, ConnectionsList | undefined>)[symbol];
}
