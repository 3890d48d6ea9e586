// The app's listening sockets. They belong to the master for as long as the app runs, whatever becomes of its workers.
import { chmodSync } from 'node:fs';
import { createServer, type ListenOptions, type Server } from 'node:net';
import type { StreamHandle } from '../connections/internals.ts';
import { logEvent } from '../os/log.ts';
import { messageOf } from '../protocol/errors.ts';
import { ownerOfPort, type PortOwner } from '../os/port-owner.ts';
import { removeStale } from './socket-file.ts';
import type { ListenRequest } from '../protocol/worker-link.ts';

/** A place that could not be bound. */
interface BindFailure {
  readonly place: string;
  readonly code: string;
  readonly owner: PortOwner | null;
  /** It is a unix socket. */
  readonly isFile: boolean;
}

type BindResult = { errno: 0; sockname: object; shared: unknown } | { errno: number; failure: BindFailure };

/** What a worker that wants to listen is told. */
export interface BindAnswer {
  readonly key: string;
  /** 0, or a negative error of the system. */
  readonly errno: number;
  readonly sockname: object;
  readonly shared: unknown;
}

interface Listener {
  readonly server: Server;
  readonly sockname: object;
  readonly shared: unknown;
  /** Since when no worker wants it; null while one does. */
  unusedSince: number | null;
}

interface AcceptingHandle {
  onconnection: (errno: number, handle: StreamHandle | undefined) => void;
  getsockname(out: object): number;
}

export class Listeners {
  private readonly bound = new Map<string, Promise<BindResult>>();
  private readonly listeners = new Map<string, Listener>();
  private failure: BindFailure | null = null;
  private readonly accept: (key: string, handle: StreamHandle) => void;

  constructor(accept: (key: string, handle: StreamHandle) => void) {
    this.accept = accept;
  }

  /** Where the app listens, as people write it. */
  get places(): string[] {
    return [...this.listeners.values()].map(({ server }) => placeName(server.address()));
  }

  /** Binds the place, or finds it bound; never rejects. A failed place is free to be tried again. */
  private bind(request: ListenRequest, socketMode: number): Promise<BindResult> {
    const known = this.bound.get(request.key);
    if (known) return known;
    const result = this.open(request, socketMode);
    this.bound.set(request.key, result);
    void result.then(({ errno }) => errno !== 0 && this.bound.delete(request.key));
    return result;
  }

  /** The answer to a worker that wants to listen; `socketMode` are the permissions of a unix socket. */
  async answer(request: ListenRequest, socketMode: number): Promise<BindAnswer> {
    const { key } = request;
    const result = await this.bind(request, socketMode);
    if (!('failure' in result)) return { key, errno: 0, sockname: result.sockname, shared: result.shared };
    this.failure = result.failure;
    logEvent('bind failed', { ...result.failure });
    return { key, errno: result.errno, sockname: {}, shared: null };
  }

  /** Why a start failed, with who has the port if that was it: the app's own stack trace does not know. */
  explain(reason: string): string {
    if (!this.failure) return reason;
    const { place, code, owner, isFile } = this.failure;
    if (code !== 'EADDRINUSE') return `${reason}; it could not listen on ${place} (${code})`;
    if (isFile) return `${place} is taken: another process listens there, or it is not a socket; ${reason}`;
    const who = owner ? `: pid ${owner.pid} (${owner.command}) has it` : '';
    return `port ${place} is taken${who}; ${reason}`;
  }

  /** The operation that the failure belonged to is over. */
  forgetFailure(): void {
    this.failure = null;
  }

  /** Closes places that no worker has wanted for `grace` ms: new code listens elsewhere. */
  prune(isWanted: (key: string) => boolean, now: number, grace: number): void {
    for (const [key, listener] of this.listeners) {
      listener.unusedSince = isWanted(key) ? null : (listener.unusedSince ?? now);
      if (listener.unusedSince !== null && now - listener.unusedSince >= grace) this.close(key);
    }
  }

  closeAll(): void {
    for (const key of this.listeners.keys()) this.close(key);
  }

  private close(key: string): void {
    this.listeners.get(key)?.server.close();
    this.listeners.delete(key);
    this.bound.delete(key);
  }

  private async open(request: ListenRequest, socketMode: number): Promise<BindResult> {
    const { address, port, ipv6Only, shared } = request;
    const path = port < 0 ? address! : null;
    const server = createServer();
    const target = path === null ? { port, host: address ?? undefined, ipv6Only } : { path };
    const options = { ...target, backlog: request.backlog ?? undefined, exclusive: true };
    let error = await listen(server, options);
    if (error?.code === 'EADDRINUSE' && path !== null && (await removeStale(path)))
      error = await listen(server, options);
    if (error) {
      const place = path ?? `${address === null ? '' : `${address}:`}${port}`;
      const owner = error.code === 'EADDRINUSE' && port > 0 ? ownerOfPort(port) : null;
      return {
        errno: error.errno ?? -1,
        failure: { place, code: error.code ?? 'unknown', owner, isFile: path !== null },
      };
    }
    if (path !== null) permit(path, socketMode);
    const handle = (server as unknown as { _handle: AcceptingHandle })._handle;
    handle.onconnection = (errno, connection) => {
      if (errno === 0 && connection) this.accept(request.key, connection);
    };
    const sockname = {};
    handle.getsockname?.(sockname);
    this.listeners.set(request.key, { server, sockname, shared, unusedSince: null });
    return { errno: 0, sockname, shared };
  }
}

/** An abstract socket has no file. */
function permit(path: string, mode: number): void {
  if (path.startsWith('\0')) return;
  try {
    chmodSync(path, mode);
  } catch (error) {
    logEvent('the permissions of a socket could not be set', { path, error: messageOf(error) });
  }
}

/** Null when it listens. */
function listen(server: Server, options: ListenOptions): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const listening = (): void => settle(null);
    const settle = (error: NodeJS.ErrnoException | null): void => {
      server.off('error', settle).off('listening', listening);
      resolve(error);
    };
    server.once('error', settle).once('listening', listening);
    server.listen(options);
  });
}

function placeName(address: ReturnType<Server['address']>): string {
  if (typeof address === 'string') return address;
  if (!address) return '?';
  const anywhere = address.address === '::' || address.address === '0.0.0.0';
  if (anywhere) return String(address.port);
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}
