// `balance: kernel`: every slot has a listening socket of its own at the same address (SO_REUSEPORT). The kernel spreads new
// connections over them, and the worker of a slot accepts by itself: nothing passes through the master. The sockets are the
// master's all the same: the next worker of the slot gets the same one, with whatever waits in it. While a slot has no worker that
// takes connections, the master accepts there and hands out as usual.
import * as net from 'node:net';
import { BACKLOG, onConnection, type ListenSocket, type StreamHandle } from '../connections/internals.ts';
import type { ListenRequest } from '../protocol/worker-link.ts';

interface Internals {
  /** Bound, and not listening yet; or a negative error of the system. */
  _createServerHandle(address: string, port: number, type: 4 | 6, fd: undefined, flags: number): ListenSocket | number;
}

const UV_TCP_IPV6ONLY = 1;
/** Since Node 22.12; older ones ignore it, and the second slot would find the port taken. */
const UV_TCP_REUSEPORT = 2;

interface SlotSocket {
  socket: ListenSocket;
  /** The master accepts here, which cannot be taken back: it needs a fresh copy of the socket for that. */
  polled: boolean;
}

export class SlotSockets {
  readonly sockname: { port?: number } = {};
  private readonly request: ListenRequest;
  private readonly accept: (connection: StreamHandle) => void;
  private readonly slots = new Map<number, SlotSocket>();
  private host: { address: string; type: 4 | 6 } | undefined;
  private opened: (slot: number, socket: ListenSocket) => void = () => undefined;

  constructor(request: ListenRequest, accept: (connection: StreamHandle) => void) {
    this.request = request;
    this.accept = accept;
  }

  /** Binds the first slot's socket: 0, or a negative error of the system. A port that anybody else has is taken. */
  bind(): number {
    const hosts = hostsOf(this.request.address);
    let errno = 0;
    for (const host of hosts) {
      // Without the flag at first: with it, another program of this user would share the port unnoticed.
      const probe = this.create(host, this.request.port, 0);
      errno = typeof probe === 'number' ? probe : 0;
      if (typeof probe === 'number') continue;
      probe.getsockname(this.sockname);
      probe.close();
      this.host = host;
      const first = this.open(0);
      return typeof first === 'number' ? first : 0;
    }
    return errno;
  }

  /** For a worker of the slot; `polled` asks for a copy in return. */
  socketOf(slot: number): Readonly<SlotSocket> | undefined {
    const held = this.slots.get(slot) ?? this.open(slot);
    return typeof held === 'number' ? undefined : held;
  }

  /** Calls `opened` for each socket that there is, and that will be. */
  watch(opened: (slot: number, socket: ListenSocket) => void): void {
    this.opened = opened;
    for (const [slot, { socket }] of this.slots) opened(slot, socket);
  }

  /** Takes over a slot's socket that another master has bound, as `sockname` says. */
  inherit(slot: number, socket: ListenSocket, sockname: { readonly address?: string } = {}): void {
    this.slots.set(slot, { socket, polled: false });
    this.opened(slot, socket);
    Object.assign(this.sockname, sockname);
    const { address } = sockname;
    if (address !== undefined) this.host = { address, type: net.isIPv6(address) ? 6 : 4 };
  }

  /** The worker has sent a copy of its slot's socket: with it the master can end its own accepting. */
  returned(slot: number, socket: ListenSocket): void {
    const held = this.slots.get(slot);
    if (!held?.polled) return socket.close();
    held.socket.close();
    this.slots.set(slot, { socket, polled: false });
  }

  /** Accepts in every slot that nobody serves. A slot stays open after it was scaled away: the kernel still sends some there. */
  cover(isServed: (slot: number) => boolean): void {
    for (const [slot, held] of this.slots) {
      if (held.polled || isServed(slot)) continue;
      held.polled = true;
      onConnection(held.socket, this.accept);
      held.socket.listen(this.request.backlog || BACKLOG);
    }
  }

  close(): void {
    for (const { socket } of this.slots.values()) socket.close();
    this.slots.clear();
  }

  private open(slot: number): SlotSocket | number {
    const socket = this.create(this.host!, this.sockname.port ?? 0, UV_TCP_REUSEPORT);
    if (typeof socket === 'number') return socket;
    const held = { socket, polled: false };
    this.slots.set(slot, held);
    this.opened(slot, socket);
    return held;
  }

  private create(
    { address, type }: { address: string; type: 4 | 6 },
    port: number,
    flags: number,
  ): ListenSocket | number {
    const only = this.request.ipv6Only ? UV_TCP_IPV6ONLY : 0;
    return (net as unknown as Internals)._createServerHandle(address, port, type, undefined, flags | only);
  }
}

/** Node listens on every interface of both families where it can, else on those of IPv4. */
function hostsOf(address: string | null): { address: string; type: 4 | 6 }[] {
  if (address !== null) return [{ address, type: net.isIPv6(address) ? 6 : 4 }];
  return [
    { address: '::', type: 6 },
    { address: '0.0.0.0', type: 4 },
  ];
}
