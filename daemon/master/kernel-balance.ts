// `balance: kernel` (slot-sockets.ts) seen from the workers: who accepts by itself, who is blocked, and where the master steps in.
import type { Listeners } from './listeners.ts';
import type { ListenSocket } from '../connections/internals.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';

export class KernelBalance {
  private readonly listeners: Listeners;
  /** Who accepts by itself, and the places whose slot sockets it has got. */
  private readonly workers = new Map<WorkerHandle, Set<string>>();

  constructor(listeners: Listeners) {
    this.listeners = listeners;
  }

  /** An admitted worker gets the sockets of its slot that it has not got yet. */
  offer(handle: WorkerHandle): void {
    for (const key of handle.admitted ? handle.listening : []) {
      const held = this.listeners.slotsAt(key)?.socketOf(handle.slot);
      const known = this.workers.get(handle);
      if (!held || known?.has(key)) continue;
      if (known) known.add(key);
      else this.workers.set(handle, new Set([key]));
      handle.giveSocket({ act: 'accept', key, back: held.polled }, held.socket);
    }
    this.cover();
  }

  /** It accepts there by itself, since another master has told it to. */
  resumed(handle: WorkerHandle, key: string): void {
    const known = this.workers.get(handle);
    if (known) known.add(key);
    else this.workers.set(handle, new Set([key]));
  }

  /** The worker takes no connections any more. */
  dismiss(handle: WorkerHandle): void {
    this.workers.delete(handle);
    this.cover();
  }

  returned(handle: WorkerHandle, key: string, socket: ListenSocket): void {
    const slots = this.listeners.slotsAt(key);
    if (slots) slots.returned(handle.slot, socket);
    else socket.close();
  }

  /** Whether this worker accepts by itself. */
  has(handle: WorkerHandle): boolean {
    return this.workers.has(handle);
  }

  /** They were asked whether they live: one that has not answered the last time is blocked, and the master accepts in its place. */
  look(): void {
    for (const handle of this.workers.keys()) if (handle.silence > 0) handle.stuck = true;
    this.cover();
  }

  alive(handle: WorkerHandle): void {
    const keys = this.workers.get(handle);
    if (!keys || !handle.stuck) return;
    handle.stuck = false;
    // The master accepts in its slot meanwhile, and needs a copy of the socket to be able to end that.
    keys.clear();
    this.offer(handle);
  }

  /** The master accepts wherever no worker does. */
  cover(): void {
    const served = new Set([...this.workers.keys()].filter(({ stuck }) => !stuck).map(({ slot }) => slot));
    this.listeners.cover((slot) => served.has(slot));
  }
}
