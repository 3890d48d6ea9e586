// The one function of node:cluster that is replaced: net.Server.listen() asks it for a handle. The master binds and accepts, so it
// decides which worker gets which connection. UDP sockets and inherited descriptors are shared: each worker has a copy.
import cluster from 'node:cluster';
import type { Server } from 'node:net';
import { resolve } from 'node:path';
import type { HeldPlace, ListenRequest, ToWorker } from '../protocol/worker-link.ts';
import { type Lent, holdAlive, letGo, tell } from './channel/link.ts';
import { Served, type ListenHandle } from './served.ts';

/** The query of net.Server.listen, as Node 20 to 26 pass it. */
interface Query {
  readonly address: string | null;
  readonly port: number;
  readonly addressType: number | string | null;
  readonly fd?: number | null;
  readonly flags?: number;
  readonly backlog?: number | null;
}

/** TLS servers hand their ticket keys around by these, so that a session resumes in any worker. */
interface SharingServer extends Server {
  _getServerData?(): unknown;
  _setServerData?(data: unknown): void;
}

/** The libuv handle of a UDP socket, or of a listening socket that came as a descriptor. */
interface SharedHandle {
  recvStop?(): number;
  recvStart?(): number;
  getsockname(out: object): number;
  close(done?: () => void): void;
}

type Answer = (errno: number, handle: ListenHandle | SharedHandle | null) => void;
type Listened = Extract<ToWorker, { act: 'listened' }>;

interface ClusterInternals {
  _getServer(server: SharingServer, query: Query, answer: Answer): void;
}

interface Pending {
  readonly request: ListenRequest;
  done(message: Listened, handle: SharedHandle | undefined): void;
}

const UV_TCP_IPV6ONLY = 1;
const PLAIN = { secure: false, http2: false };

export interface Seam {
  /** Every server that ever listened, the closed ones too. */
  readonly all: Iterable<Served>;
  /** UDP sockets, which all workers read from. */
  readonly datagrams: Iterable<Required<Pick<SharedHandle, 'recvStop' | 'recvStart'>>>;
  /** Where this worker listens, and what it holds there. */
  readonly places: readonly HeldPlace[];
  /** The sockets of those places that it has a copy of. */
  readonly lent: readonly Lent[];
  /** What is known of a server that node names. */
  of(server: unknown): Served | undefined;
  /** The listening server of that key. */
  find(key: string): Served | undefined;
  /** The master's answer to a `listen`. */
  listened(message: Listened, handle: unknown): void;
  /** Another master is there: it is asked what the one before has not answered. */
  askAgain(): void;
}

/** Puts the seam in. */
export function installSeam(): Seam {
  const internals = cluster as unknown as ClusterInternals;
  const served = new Map<Server, Served>();
  const listening = new Map<string, Served>();
  const shared = new Map<SharedHandle, ListenRequest>();
  const pending: Pending[] = [];

  internals._getServer = (server, query, answer) => {
    const isTaken = (key: string): boolean => listening.has(key) || pending.some(({ request }) => request.key === key);
    const place = placeOf(query);
    // Shared ones have one socket for all that ask, also within this worker.
    const key = isShared(query) ? `${place.key}:0` : firstFree(place.key, isTaken);
    const request = { ...place, key, shared: server._getServerData?.() ?? null };
    holdAlive();
    const done = (message: Listened, handle: SharedHandle | undefined): void => {
      letGo();
      if (message.shared !== null) server._setServerData?.(message.shared);
      if (message.errno !== 0) return answer(message.errno, null);
      if (!isShared(query)) return answer(0, listen(server, request, message));
      // The master has it, and no descriptor was free here.
      if (!handle) return answer(-24, null);
      share(handle, request);
      answer(0, handle);
      tell({ act: 'listening', key, ...PLAIN });
    };
    pending.push({ request, done });
    tell({ act: 'listen', request });
  };

  function listen(server: Server, request: ListenRequest, message: Listened): ListenHandle {
    const one = served.get(server) ?? new Served(server);
    served.set(server, one);
    listening.set(request.key, one);
    return one.listen(request, message, () => listening.delete(request.key));
  }

  function share(handle: SharedHandle, request: ListenRequest): void {
    shared.set(handle, request);
    const close = handle.close.bind(handle);
    handle.close = (done) => {
      shared.delete(handle);
      tell({ act: 'closed', key: request.key });
      close(done);
    };
  }

  return {
    all: { [Symbol.iterator]: () => served.values() },
    get datagrams() {
      return [...shared.keys()].filter(isDatagram);
    },
    get places() {
      const ours = [...listening.values()].flatMap(({ place }) => (place ? [place] : []));
      const others = [...shared].map(([handle, request]): HeldPlace => {
        const sockname = {};
        handle.getsockname(sockname);
        return { request, sockname, server: PLAIN, held: 'spare' };
      });
      return [...ours, ...others];
    },
    get lent() {
      const ours = [...listening.values()].flatMap((one) => one.lent ?? []);
      return [...ours, ...[...shared].map(([socket, { key }]) => ({ key, slot: false, socket }))];
    },
    of: (server) => served.get(server as Server),
    find: (key) => listening.get(key),
    listened(message, handle) {
      const index = pending.findIndex(({ request }) => request.key === message.key);
      const [asked] = index < 0 ? [] : pending.splice(index, 1);
      asked?.done(message, handle as SharedHandle | undefined);
    },
    askAgain() {
      for (const { request } of pending) tell({ act: 'listen', request });
    },
  };
}

function isUdp({ addressType }: Query): boolean {
  return typeof addressType === 'string';
}

function isInherited({ fd }: Query): boolean {
  return fd !== undefined && fd !== null && fd >= 0;
}

function isShared(query: Query): boolean {
  return isUdp(query) || isInherited(query);
}

function isDatagram(handle: SharedHandle): handle is Required<SharedHandle> {
  return handle.recvStart !== undefined;
}

function placeOf(query: Query): Omit<ListenRequest, 'shared'> {
  const { address, port, flags = 0, backlog, fd, addressType } = query;
  // An abstract socket (Linux) begins with a NUL, and is no path.
  const place = port < 0 && address !== null && !address.startsWith('\0') ? resolve(address) : address;
  const at = { address: place, port, backlog: backlog ?? null, ipv6Only: (flags & UV_TCP_IPV6ONLY) !== 0, flags };
  const key = `${place ?? ''}:${port}`;
  if (isUdp(query)) return { ...at, kind: addressType as 'udp4' | 'udp6', key: `udp:${key}` };
  return isInherited(query) ? { ...at, kind: 'fd', port: fd!, key: `fd${fd}:` } : { ...at, kind: 'tcp', key };
}

/** The second `listen(0)` of a worker is another place, and the same one in every worker that makes it second. */
function firstFree(base: string, taken: (key: string) => boolean): string {
  let index = 0;
  while (taken(`${base}:${index}`)) index += 1;
  return `${base}:${index}`;
}
