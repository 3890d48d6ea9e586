// Sockets of which each worker gets a copy, and reads by itself: UDP sockets, and descriptors that this process has inherited.
import { createSocket, type Socket } from 'node:dgram';
import * as net from 'node:net';
import type { ListenSocket } from '../connections/internals.ts';
import type { ListenRequest } from '../protocol/worker-link.ts';

const UV_UDP_IPV6ONLY = 1;
const UV_UDP_REUSEADDR = 4;

/** A UDP socket of libuv. */
interface UdpHandle extends ListenSocket {
  recvStop(): number;
}

interface Internals {
  _createServerHandle(address: null, port: number, type: number, fd: number): ListenSocket | number;
}

/** Nothing is read from it here. */
export interface SharedSocket {
  readonly socket: ListenSocket;
  close(): void;
}

/** Binds it. Rejects with the system's error. */
export async function bindShared(request: ListenRequest): Promise<SharedSocket> {
  return request.kind === 'fd' ? openInherited(request.port) : bindUdp(request);
}

function openInherited(fd: number): SharedSocket {
  const socket = (net as unknown as Internals)._createServerHandle(null, -1, -1, fd);
  if (typeof socket === 'number') throw Object.assign(new Error('not a socket'), { errno: socket, code: 'EBADF' });
  return { socket, close: () => socket.close() };
}

function bindUdp({ kind, address, port, flags }: ListenRequest): Promise<SharedSocket> {
  const socket = createSocket({
    type: kind as 'udp4' | 'udp6',
    reuseAddr: (flags & UV_UDP_REUSEADDR) !== 0,
    ipv6Only: (flags & UV_UDP_IPV6ONLY) !== 0,
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, address: address ?? undefined, exclusive: true }, () => {
      const handle = handleOf(socket);
      // In the turn in which it began to read, so nothing was.
      handle.recvStop();
      resolve({ socket: handle, close: () => socket.close() });
    });
  });
}

/** Node keeps it in an object behind this symbol (seen on Node 20.20, 24.21 and 26.10). */
function handleOf(socket: Socket): UdpHandle {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  return (socket as unknown as Record<symbol, { handle: UdpHandle }>)[symbol!]!.handle;
}
