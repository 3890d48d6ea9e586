// A worker that has done what it was for.
import { inSlot, isLive } from './fleet.ts';
import { isCandidate } from './operation.ts';
import type { Machine, Worker } from './types.ts';

/**
 * Its slot is given up calmly. False for a candidate that ends beside the worker that it was to replace: new code that does
 * nothing must not take over from code that serves.
 */
export function finish(machine: Machine, worker: Worker, why: string): boolean {
  const { operation } = machine;
  const others = inSlot(machine, worker.slot).filter(isLive);
  if (worker.stage === 'starting' && others.length > 0) return false;
  // Its successor is on its way already.
  if (others.length > 0) return true;
  const slot = machine.slots[worker.slot]!;
  Object.assign(slot, { givenUp: `it has finished (${why})`, finished: true });
  const mine = operation?.slots.find((one) => one.slot === worker.slot && one.phase === 'starting');
  if (operation && mine && isCandidate(operation, worker)) {
    mine.phase = 'done';
    slot.generation = worker.generation;
    operation.note ??= `slot ${worker.slot} has finished (${why})`;
  }
  return true;
}
