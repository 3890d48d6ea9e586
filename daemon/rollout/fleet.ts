// Questions about the workers of a machine, and the elementary things that happen to one.
import { gateDeadline } from './gate.ts';
import type { Effect, Machine, Parting, Slot, Worker } from './types.ts';

/** Neither asked to leave nor leaving, nor kept after it has left. */
export function isLive({ stage, kept }: Worker): boolean {
  return stage === 'starting' || stage === 'online' || (stage === 'standby' && !kept);
}

/** Is it of the code that `generation` means, and not to be replaced by another of the same? */
export function isOf({ generation, outdated }: Worker, wanted: number): boolean {
  return generation === wanted && !outdated;
}

/** All workers of a slot, the leaving ones too. */
export function inSlot(machine: Machine, slot: number): Worker[] {
  return machine.workers.filter((worker) => worker.slot === slot);
}

/** Of a slot in which nothing has happened yet. */
export const UNTROUBLED = {
  failures: 0,
  failingSince: 0,
  retryAt: 0,
  givenUp: null,
  obstacle: null,
  finished: false,
} as const satisfies Partial<Slot>;

/** Forgets what happened in a slot: it may start at once. */
export function pardon(slot: Slot): void {
  Object.assign(slot, UNTROUBLED);
}

/** A new worker for a slot. */
export function startWorker(machine: Machine, slot: number, generation: number, at: number, effects: Effect[]): void {
  const worker: Worker = {
    id: machine.nextWorker,
    slot,
    generation,
    stage: 'starting',
    deadline: gateDeadline(machine, at),
    startedAt: at,
    readyAt: null,
    saidReady: false,
    listening: false,
    healthy: false,
    ailment: null,
    parting: null,
    kept: false,
    settled: false,
    outdated: false,
    promised: 0,
  };
  machine.nextWorker += 1;
  machine.workers.push(worker);
  effects.push({ type: 'fork', worker: worker.id, slot, generation });
}

/** From now on it gets connections. */
export function admitWorker(worker: Worker, at: number, effects: Effect[]): void {
  const again = worker.kept;
  Object.assign(worker, { stage: 'online', deadline: null, parting: null, kept: false, settled: false });
  if (!again) worker.readyAt = worker.readyAt ?? at;
  effects.push({ type: again ? 'readmit' : 'admit', worker: worker.id });
}

/** A kept worker is not needed any more: what it still has it parts with in the usual way. */
export function letGo(machine: Machine, worker: Worker, at: number, effects: Effect[]): void {
  worker.kept = false;
  if (worker.stage === 'standby') return stopWorker(machine, worker, at, effects);
  const within = Math.max(machine.policy.drainTimeout, worker.promised);
  worker.deadline = at + within;
  effects.push({ type: 'drain', worker: worker.id, parting: worker.parting!, within, kept: false });
}

/**
 * Dismisses a worker, which may be taken back when it is `kept`. One that never took traffic has nothing to part with and is stopped at once; one that already parts
 * with what it has at leisure is hurried when there is no leisure any more.
 */
export function retireWorker(
  machine: Machine,
  worker: Worker,
  parting: Parting,
  at: number,
  effects: Effect[],
  kept = false,
): void {
  const { drainTimeout, killTimeout } = machine.policy;
  switch (worker.stage) {
    case 'starting':
      return stopWorker(machine, worker, at, effects);
    case 'standby':
      if (worker.kept && parting === 'hand-over') return;
      worker.kept = false;
      return stopWorker(machine, worker, at, effects);
    case 'online': {
      // At leisure, what was promised to clients is kept: one that trusts it would send a request into a closed connection.
      const within = parting === 'hand-over' ? Math.max(drainTimeout, worker.promised) : killTimeout;
      worker.stage = 'draining';
      worker.parting = parting;
      worker.kept = kept;
      worker.deadline = at + within;
      effects.push({ type: 'drain', worker: worker.id, parting, within, kept });
      return;
    }
    case 'draining':
      if (worker.parting !== 'hand-over' || parting === 'hand-over') return;
      worker.kept = false;
      if (worker.settled) return stopWorker(machine, worker, at, effects);
      worker.parting = parting;
      worker.deadline = Math.min(worker.deadline ?? Infinity, at + killTimeout);
      return;
    case 'stopping':
      return;
  }
}

/** Sends the stop signal: what the app's own shutdown code is for comes last. */
export function stopWorker(machine: Machine, worker: Worker, at: number, effects: Effect[]): void {
  worker.stage = 'stopping';
  worker.deadline = at + machine.policy.killTimeout;
  effects.push({ type: 'signal', worker: worker.id });
}

/** A leaving worker that a command must not wait for any longer has either settled or is out of time. */
export function isBusy(worker: Worker): boolean {
  return worker.stage === 'stopping' || (worker.stage === 'draining' && !worker.settled);
}
