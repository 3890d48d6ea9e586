// The app's connections on their way to its workers: where they come in, who gets them, and what is done when nobody can.
import { closeInOrder } from '../connections/close.ts';
import { steady } from '../os/clock.ts';
import { freeDescriptors } from '../os/descriptors.ts';
import type { AppSpec } from '../protocol/model.ts';
import type { HeldPlace, Hello, ListenRequest } from '../protocol/worker-link.ts';
import type { ListenSocket } from '../connections/internals.ts';
import { HandOut, type Connection } from './hand-out.ts';
import { KernelBalance } from './kernel-balance.ts';
import { Listeners, type SocketKeeper } from './listeners.ts';
import { missingPlaces } from './routing.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';

type Handles = ReadonlyMap<number, WorkerHandle>;

/** A blocked worker hears nothing: others do not wait for it longer than this (ms). */
const PATIENCE = 250;

/**
 * Clients that belong to a slot wait this long (ms) in the kernel's queue when the master has gone: the next one places them. After that
 * whoever accepts first has them.
 */
const STICKY_PATIENCE = 2_000;

export class Traffic {
  readonly handOut: HandOut;
  readonly listeners: Listeners;
  readonly kernel: KernelBalance;
  /** Where the worker of a slot has to listen, as the master says whose place this one takes. */
  required: { readonly slot: number; readonly keys: readonly string[] } | null = null;
  /** Workers that were dismissed in a turn in which all change, and have not said that they have parted with what was idle. */
  private awaited: Set<WorkerHandle> | null = null;
  /** Places of workers that have come from another master, and whose sockets are still to be sent. */
  private readonly held = new Map<string, HeldPlace>();
  /** Such of which they have no copy. */
  private readonly lacking: HeldPlace[] = [];
  private patience: NodeJS.Timeout | undefined;
  private readonly handles: Handles;
  private readonly canMove: Promise<boolean>;
  /** Workers go on without this master: those that serve have copies of the sockets. */
  private readonly outlived: boolean;

  /** `keeper` has copies of all sockets. */
  constructor(handles: Handles, canMove: Promise<boolean>, outlived: boolean, keeper: SocketKeeper | null = null) {
    this.handles = handles;
    this.canMove = canMove;
    this.outlived = outlived;
    this.handOut = new HandOut(() => this.handles.values(), closeInOrder, freeDescriptors);
    this.listeners = new Listeners(
      (key, handle) => this.handOut.route({ handle, key, moved: false, waitingSince: null, refusals: 0 }),
      keeper,
    );
    this.kernel = new KernelBalance(this.listeners);
  }

  /** A worker wants to listen. */
  async listen(handle: WorkerHandle, request: ListenRequest, spec: AppSpec): Promise<void> {
    const [{ socket, ...answer }, can] = await Promise.all([this.listeners.answer(request, spec), this.canMove]);
    this.kernel.cover();
    const message = { act: 'listened', ...answer, move: can && spec.move } as const;
    if (socket) handle.giveSocket(message, socket);
    else handle.tell(message);
  }

  /** It takes connections now, or at more places than before. */
  opened(handle: WorkerHandle): void {
    // In a switch everybody is opened when the old ones have heard of it.
    if (this.awaited) return;
    this.kernel.offer(handle);
    this.settleSpares();
    this.handOut.advance();
  }

  /** It has come from another master; what it holds of its places, it sends next. */
  came(handle: WorkerHandle, { places }: Hello): void {
    for (const place of places) {
      const { key } = place.request;
      if (place.held === 'slot') this.kernel.resumed(handle, key);
      if (place.held === 'nothing') this.lacking.push(place);
      else this.held.set(`${handle.id} ${key}`, place);
    }
  }

  /** It has sent every socket that it has a copy of. */
  hasAll({ id }: WorkerHandle): boolean {
    return ![...this.held.keys()].some((name) => name.startsWith(`${id} `));
  }

  /** All that come have come. Where none of them had a copy of the socket, it has gone with the master: it is bound anew. */
  bindMissing(spec: AppSpec): void {
    for (const { request } of this.lacking.splice(0)) void this.listeners.answer(request, spec);
    this.held.clear();
    this.kernel.cover();
  }

  /** It sends a copy of a socket. The first one is the master's own from now on. */
  lent(handle: WorkerHandle, key: string, slot: boolean, socket: ListenSocket | undefined): void {
    const place = this.held.get(`${handle.id} ${key}`);
    this.held.delete(`${handle.id} ${key}`);
    if (!socket) return;
    if (place) this.listeners.adopt(place, socket, slot ? handle.slot : null);
    else socket.close();
    this.settleSpares();
  }

  /**
   * Who takes connections has a copy of each socket, for the time after this master, and nobody else. Of a canary only the old ones:
   * nobody would see to its part.
   */
  settleSpares(): void {
    if (!this.outlived) return;
    for (const handle of this.handles.values()) {
      const serves = handle.admitted && handle.isLinked && !this.handOut.isTrying(handle.generation);
      for (const key of serves ? handle.listening : []) {
        const socket = handle.spares.has(key) ? null : this.listeners.spareOf(key);
        if (socket) handle.giveSocket({ act: 'spare', key, after: this.handOut.sticky ? STICKY_PATIENCE : 0 }, socket);
        if (socket) handle.spares.add(key);
      }
      if (serves) continue;
      for (const key of handle.spares) handle.tell({ act: 'yield', key });
      handle.spares.clear();
    }
  }

  /** It takes none any more: it was dismissed, or has ended. */
  closed(handle: WorkerHandle): void {
    handle.admitted = false;
    if (handle.mode === 'cluster' && handle.isLinked) this.awaited?.add(handle);
    this.kernel.dismiss(handle);
  }

  /**
   * Whoever is dismissed in this turn makes room for whoever is admitted in it: until the old ones have given back what is idle,
   * nobody gets anything. So no request is answered by old code when another one was answered by new code before it was sent.
   */
  freeze(): void {
    this.handOut.frozen = true;
    this.awaited = new Set();
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.thaw(), PATIENCE);
  }

  /** The turn of a switch is over, or a dismissed worker has parted with what was idle, or has ended. */
  heard(handle: WorkerHandle | null): void {
    if (handle) this.awaited?.delete(handle);
    if (this.awaited?.size === 0) this.thaw();
  }

  private thaw(): void {
    clearTimeout(this.patience);
    this.awaited = null;
    this.handOut.frozen = false;
    for (const handle of this.handles.values()) if (handle.admitted) this.kernel.offer(handle);
    this.handOut.advance();
  }

  /** It answered a ping. */
  alive(handle: WorkerHandle): void {
    this.kernel.alive(handle);
    this.handOut.advance();
  }

  /** A connection that a worker was sent and has not got. */
  orphaned(connection: Connection): void {
    this.handOut.totals.handedOver += 1;
    this.handOut.route(connection);
  }

  /** A connection that a worker gives back, to be moved or because it closed its server. */
  gave(connection: Connection): void {
    if (connection.refusals > 0) this.handOut.totals.handedOver += 1;
    this.handOut.route(connection);
  }

  /** A blocked worker keeps what it was sent when there is nobody else to give it to. */
  takeBack(handle: WorkerHandle): void {
    if (![...this.handles.values()].some((other) => other !== handle && other.admitted)) return;
    for (const connection of handle.line.revoke()) this.orphaned(connection);
  }

  /** Where it must listen before it can take over, and does not yet. */
  missing(handle: WorkerHandle): string[] {
    const { required } = this;
    if (required?.slot === handle.slot) return required.keys.filter((key) => !handle.listensAt(key));
    return missingPlaces(handle, [...this.handles.values()]);
  }

  /** Once a second: what has waited too long is closed, and places that no worker wants any more. */
  keepHouse({ holdTimeout, limits }: AppSpec): void {
    const now = steady();
    const handles = [...this.handles.values()];
    const watched = limits !== null && limits.hang !== null;
    for (const handle of handles)
      if (this.kernel.has(handle) || (watched && handle.mode === 'cluster' && (handle.admitted || !handle.isLinked)))
        handle.ping();
    this.kernel.look();
    this.handOut.expire(now, holdTimeout);
    if (handles.some(({ admitted }) => admitted))
      this.listeners.prune((key) => handles.some((handle) => handle.wants(key)), now, holdTimeout);
  }

  /** Nothing will serve here. */
  close(): void {
    this.listeners.closeAll();
    this.handOut.expire(steady(), 0);
  }
}
