// The app's listening sockets. They belong to the master for as long as the app runs, whatever becomes of its workers.
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo, type ListenOptions, type Server } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { BACKLOG, onConnection, type ListenSocket, type StreamHandle } from '../connections/internals.ts';
import { logEvent } from '../os/log.ts';
import { kernelCanBalance } from '../protocol/balance.ts';
import { bindFailure, failureText, lackingText, placeName, type BindFailure, type Lacking } from './bind-failure.ts';
import { bindShared } from './shared-socket.ts';
import { SlotSockets } from './slot-sockets.ts';
import { permit, removeStale } from './socket-file.ts';
import type { InheritedListener } from '../protocol/heir-link.ts';
import type { AppSpec } from '../protocol/model.ts';
import type { HeldPlace, ListenRequest } from '../protocol/worker-link.ts';

type BindResult =
  | { errno: 0; sockname: object; shared: unknown; socket: ListenSocket | null }
  | { errno: number; failure: BindFailure };

/** What a worker that wants to listen is told. */
export interface BindAnswer {
  readonly key: string;
  /** 0, or a negative error of the system. */
  readonly errno: number;
  readonly sockname: object;
  readonly shared: unknown;
  /** The worker is to get a copy of it, and to read from it by itself. */
  readonly socket: ListenSocket | null;
}

/** Has copies of an app's sockets elsewhere. */
export interface SocketKeeper {
  keep(place: HeldPlace, socket: ListenSocket, slot: number | null): void;
  drop(key: string): void;
  /** The other app that has a socket on this port. */
  appAt(port: number): string | null;
}

type BindOptions = Pick<AppSpec, 'socketMode' | 'balance'>;

interface Listener {
  readonly request: ListenRequest;
  /** Where it listens, as people write it. */
  readonly place: string;
  /** Null with `balance: kernel`. */
  readonly socket: ListenSocket | null;
  accepts: boolean;
  close(): void;
  /** With `balance: kernel`. */
  readonly slots: SlotSockets | null;
  readonly sockname: object;
  /** Since when no worker wants it; null while one does. */
  unusedSince: number | null;
}

/** What is kept is the socket: what a worker's server speaks there is that worker's affair. */
const NO_SERVER = { secure: false, http2: false };

export class Listeners {
  private readonly bound = new Map<string, Promise<BindResult>>();
  private readonly listeners = new Map<string, Listener>();
  private failure: BindFailure | null = null;
  /** Another master accepts here, too, wherever nobody else does. */
  isShared = false;
  private readonly accepted: (key: string, handle: StreamHandle) => void;

  private readonly keeper: SocketKeeper | null;

  /** `keeper` gets a copy of every socket. */
  constructor(accepted: (key: string, handle: StreamHandle) => void, keeper: SocketKeeper | null = null) {
    this.accepted = accepted;
    this.keeper = keeper;
  }

  /** Where the app listens, as people write it. */
  get places(): string[] {
    return [...this.listeners.values()].filter(({ request }) => request.kind === 'tcp').map(({ place }) => place);
  }

  /** Binds the place, or finds it bound; never rejects. A failed place is free to be tried again. */
  private bind(request: ListenRequest, how: BindOptions): Promise<BindResult> {
    const known = this.bound.get(request.key);
    if (known) return known;
    const byKernel = how.balance === 'kernel' && request.port >= 0 && kernelCanBalance();
    const result = this.openAs(request, byKernel);
    this.bound.set(request.key, result);
    void result.then(({ errno }) => errno !== 0 && this.bound.delete(request.key));
    return result;
  }

  private openAs(request: ListenRequest, byKernel: boolean): Promise<BindResult> {
    if (request.kind !== 'tcp') return this.openShared(request);
    return byKernel ? Promise.resolve(this.openSlots(request)) : this.open(request);
  }

  /** The answer to a worker that wants to listen. */
  async answer(request: ListenRequest, how: BindOptions): Promise<BindAnswer> {
    const { kind, key, port, address } = request;
    const result = await this.bind(request, how);
    // With each worker: what somebody did to the file meanwhile does not last.
    if (result.errno === 0 && port < 0 && kind === 'tcp') permit(address ?? '', how.socketMode);
    if (!('failure' in result)) return { key, ...result };
    this.failure = result.failure;
    logEvent('bind failed', { ...result.failure });
    return { key, errno: result.errno, sockname: {}, shared: null, socket: null };
  }

  /**
   * Why a start failed, with who has the port if that was it: the app's own stack trace does not know. `lacking`: of the
   * worker that it failed with.
   */
  explain(reason: string, lacking: Lacking | undefined): string {
    if (this.failure) return failureText(this.failure, reason);
    return lacking ? lackingText(lacking, reason) : reason;
  }

  /** The place of this key, as people write it. */
  placeOf(key: string): string {
    return this.listeners.get(key)?.place ?? key;
  }

  /** The operation that the failure belonged to is over. */
  forgetFailure(): void {
    this.failure = null;
  }

  /** A socket of which a worker may have a copy for the time after this master; null where it has one already, or there is none. */
  spareOf(key: string): ListenSocket | null {
    const listener = this.listeners.get(key);
    return listener?.request.kind === 'tcp' ? listener.socket : null;
  }

  /** A worker has a copy of a socket that another master has bound. `slot`: it is that slot's. */
  adopt({ request, sockname }: HeldPlace, socket: ListenSocket, slot: number | null): void {
    const { key, port, address, kind } = request;
    const known = this.listeners.get(key);
    if (known && (slot === null || !known.slots)) return socket.close();
    if (slot !== null && known?.slots) return known.slots.inherit(slot, socket);
    const place = kind === 'tcp' ? placeName(port < 0 ? address : (sockname as AddressInfo)) : key;
    this.inherit({ request, place, sockname, slot }, socket);
    this.isShared = false;
    if (kind === 'tcp') this.accept();
  }

  /** Takes over a socket that another master has bound. Nothing is accepted there before `accept`. */
  inherit({ request, place, sockname, slot }: InheritedListener, socket: ListenSocket): void {
    const { key, port, address } = request;
    this.isShared = true;
    const known = this.listeners.get(key);
    const path = port < 0 && request.kind !== 'udp4' && request.kind !== 'udp6' ? address : null;
    if (slot !== null && known?.slots) return known.slots.inherit(slot, socket);
    const slots = slot === null ? null : new SlotSockets(request, (connection) => this.accepted(key, connection));
    if (slot !== null) slots?.inherit(slot, socket, sockname);
    const close = (): void => {
      if (slots) return slots.close();
      socket.close();
      // Only whoever bound it would remove the file by closing it.
      if (path !== null && !path.startsWith('\0')) rmSync(path, { force: true });
    };
    const inherited = { request, place, sockname, socket: slots ? null : socket, slots, accepts: false, close };
    this.bound.set(key, Promise.resolve(this.hold(inherited)));
  }

  /** From now on connections are accepted at inherited places. */
  accept(): void {
    for (const [key, listener] of this.listeners) {
      if (listener.accepts || !listener.socket) continue;
      listener.accepts = true;
      onConnection(listener.socket, (connection) => this.accepted(key, connection));
      listener.socket.listen(listener.request.backlog || BACKLOG);
    }
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
    this.listeners.get(key)?.close();
    this.keeper?.drop(key);
    this.listeners.delete(key);
    this.bound.delete(key);
  }

  private async open(request: ListenRequest): Promise<BindResult> {
    const { address, port, ipv6Only } = request;
    const path = port < 0 ? address! : null;
    const server = createServer();
    const target = path === null ? { port, host: address ?? undefined, ipv6Only } : { path };
    const options = { ...target, backlog: request.backlog ?? undefined, exclusive: true };
    let error = await listen(server, options);
    if (error?.code === 'EADDRINUSE' && path !== null && (await removeStale(path)))
      error = await listen(server, options);
    if (error) return { errno: error.errno ?? -1, failure: this.failed(request, error.code ?? 'unknown') };
    const handle = (server as unknown as { _handle: ListenSocket })._handle;
    onConnection(handle, (connection) => this.accepted(request.key, connection));
    const sockname = {};
    handle.getsockname?.(sockname);
    const place = placeName(server.address());
    const close = (): void => void server.close();
    return this.hold({ request, place, sockname, socket: handle, slots: null, accepts: true, close });
  }

  private async openShared(request: ListenRequest): Promise<BindResult> {
    try {
      const { socket, close } = await bindShared(request);
      const sockname = {};
      socket.getsockname(sockname);
      return this.hold({ request, place: request.key, sockname, socket, slots: null, accepts: true, close });
    } catch (error) {
      const { errno = -1, code = 'unknown' } = error as NodeJS.ErrnoException;
      return { errno, failure: this.failed(request, code) };
    }
  }

  private openSlots(request: ListenRequest): BindResult {
    const { key } = request;
    const slots = new SlotSockets(request, (connection) => this.accepted(key, connection));
    const errno = slots.bind();
    if (errno !== 0) return { errno, failure: this.failed(request, getSystemErrorName(errno)) };
    const { sockname } = slots;
    const place = placeName(sockname as AddressInfo);
    return this.hold({ request, place, sockname, socket: null, slots, accepts: true, close: () => slots.close() });
  }

  private failed(request: ListenRequest, code: string): BindFailure {
    return bindFailure(request, code, this.keeper?.appAt(request.port) ?? null);
  }

  private hold(listener: Omit<Listener, 'unusedSince'>): BindResult {
    const { request, sockname, socket } = listener;
    this.listeners.set(request.key, { ...listener, unusedSince: null });
    const { slots } = listener;
    const place = { request, sockname, server: NO_SERVER, held: 'spare' } as const;
    if (socket) this.keeper?.keep(place, socket, null);
    slots?.watch((slot, one) => this.keeper?.keep(place, one, slot));
    return { errno: 0, sockname, shared: request.shared, socket: request.kind === 'tcp' ? null : socket };
  }

  /** The sockets of the slots at that place; undefined when the master accepts there for all. */
  slotsAt(key: string): SlotSockets | undefined {
    return this.listeners.get(key)?.slots ?? undefined;
  }

  /** Accepts where no worker does. */
  cover(isServed: (slot: number) => boolean): void {
    if (!this.isShared) for (const { slots } of this.listeners.values()) slots?.cover(isServed);
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
