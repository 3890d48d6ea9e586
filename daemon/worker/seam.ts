// The one function of node:cluster that is replaced: net.Server.listen() asks it for a handle. The master binds and accepts,
// so it decides which worker gets which connection. UDP, inherited descriptors and `exclusive` go to node's own.
import cluster from 'node:cluster';
import type { Server } from 'node:net';
import { resolve } from 'node:path';
import type { ListenRequest, ToWorker } from '../protocol/worker-link.ts';
import { holdAlive, letGo, tell } from './link.ts';
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

/** The libuv handle of a UDP socket. */
interface DatagramHandle {
  recvStop(): number;
  recvStart(): number;
}

type Answer = (errno: number, handle: ListenHandle | null) => void;

interface ClusterInternals {
  _getServer(server: SharingServer, query: Query, answer: Answer): void;
}

const UV_TCP_IPV6ONLY = 1;

export interface Seam {
  /** Every server that ever listened, the closed ones too. */
  readonly all: Iterable<Served>;
  /** UDP sockets, which all workers read from. */
  readonly datagrams: ReadonlySet<DatagramHandle>;
  /** What is known of a server that node names. */
  of(server: unknown): Served | undefined;
  /** The listening server of that key. */
  find(key: string): Served | undefined;
  /** The master's answer to a `listen`. */
  listened(message: Extract<ToWorker, { act: 'listened' }>): void;
}

/** Puts the seam in. */
export function installSeam(): Seam {
  const internals = cluster as unknown as ClusterInternals;
  const original = internals._getServer.bind(cluster);
  const served = new Map<Server, Served>();
  const listening = new Map<string, Served>();
  const datagrams = new Set<DatagramHandle>();
  const pending = new Map<string, (message: Extract<ToWorker, { act: 'listened' }>) => void>();

  internals._getServer = (server, query, answer) => {
    if (!isOurs(query)) {
      // Node shares these sockets among the workers itself.
      holdAlive();
      return original(server, query, (errno, handle) => {
        letGo();
        answer(errno, handle);
        if (errno !== 0) return;
        if (isUdp(query)) datagrams.add(handle as unknown as DatagramHandle);
        tell({ act: 'listening', key: placeOf(query).key, secure: false, http2: false });
      });
    }
    const request = { ...placeOf(query), shared: server._getServerData?.() ?? null };
    const key = firstFree(request.key, (name) => pending.has(name) || listening.has(name));
    const one = served.get(server) ?? new Served(server);
    served.set(server, one);
    holdAlive();
    pending.set(key, (answered) => {
      const { errno, shared } = answered;
      letGo();
      if (shared !== null) server._setServerData?.(shared);
      if (errno === 0) listening.set(key, one);
      answer(errno, errno === 0 ? one.listen(key, answered, () => listening.delete(key)) : null);
    });
    tell({ act: 'listen', request: { ...request, key } });
  };

  return {
    all: { [Symbol.iterator]: () => served.values() },
    datagrams,
    of: (server) => served.get(server as Server),
    find: (key) => listening.get(key),
    listened(message) {
      const done = pending.get(message.key);
      pending.delete(message.key);
      done?.(message);
    },
  };
}

function isUdp({ addressType }: Query): boolean {
  return typeof addressType === 'string';
}

function isInherited({ fd }: Query): boolean {
  return fd !== undefined && fd !== null && fd >= 0;
}

function isOurs(query: Query): boolean {
  return !isUdp(query) && !isInherited(query) && process.platform !== 'win32';
}

function placeOf(query: Query): Omit<ListenRequest, 'shared'> {
  const { address, port, flags, backlog, fd } = query;
  // An abstract socket (Linux) begins with a NUL, and is no path.
  const place = port < 0 && address !== null && !address.startsWith('\0') ? resolve(address) : address;
  const ipv6Only = ((flags ?? 0) & UV_TCP_IPV6ONLY) !== 0;
  const kind = isUdp(query) ? 'udp:' : isInherited(query) ? `fd${fd}:` : '';
  return { key: `${kind}${place ?? ''}:${port}`, address: place, port, backlog: backlog ?? null, ipv6Only };
}

/** The second `listen(0)` of a worker is another place, and the same one in every worker that makes it second. */
function firstFree(base: string, taken: (key: string) => boolean): string {
  let index = 0;
  while (taken(`${base}:${index}`)) index += 1;
  return `${base}:${index}`;
}
