// Acts on the difference between what is wanted in each slot and what is there. Idempotent: twice changes nothing more.
import { inSlot, isLive, isOf, pardon, retireWorker, startWorker, UNTROUBLED } from './fleet.ts';
import { allDone } from './operation.ts';
import type { Effect, Machine, Operation, Slot, Worker } from './types.ts';

/** Starts what is missing and dismisses what is superfluous, slot by slot. */
export function convergeSlots(machine: Machine, at: number, effects: Effect[]): void {
  while (machine.up && machine.slots.length < machine.instances) machine.slots.push(newSlot(machine));
  if (machine.operation) promote(machine.operation, machine, effects);
  for (const slot of machine.slots) convergeSlot(machine, slot, at, effects);
  while (machine.slots.length > machine.instances && inSlot(machine, machine.slots.length - 1).length === 0) {
    machine.slots.pop();
  }
}

function newSlot(machine: Machine): Slot {
  const generation = machine.operation?.to ?? machine.generation;
  return { index: machine.slots.length, generation, ...UNTROUBLED, relieved: false };
}

/** Takes up waiting slots while fewer than `surge` are being worked on, unless it is paused. How the old code fared there is not held against the new. */
function promote(operation: Operation, machine: Machine, effects: Effect[]): void {
  if (operation.paused) return;
  for (const one of operation.slots) {
    if (operation.slots.filter(({ phase }) => phase === 'starting').length >= operation.surge) return;
    if (one.phase !== 'waiting') continue;
    one.phase = 'starting';
    pardon(machine.slots[one.slot]!);
    if (operation.request.kind === 'handover') effects.push({ type: 'relieve', slot: one.slot });
    if (operation.request.kind !== 'replace') continue;
    for (const worker of inSlot(machine, one.slot)) worker.outdated = true;
  }
}

function convergeSlot(machine: Machine, slot: Slot, at: number, effects: Effect[]): void {
  const { operation } = machine;
  const workers = inSlot(machine, slot.index);
  if (!machine.up || slot.givenUp !== null) {
    for (const worker of workers) retireWorker(machine, worker, 'finish', at, effects);
    return;
  }
  if (slot.relieved) {
    for (const worker of workers) retireWorker(machine, worker, 'hand-over', at, effects);
    return;
  }
  if (slot.index >= machine.instances) {
    // While the operation may still fail, a slot too many may still be needed.
    if (operation && !allDone(operation)) return;
    for (const worker of workers) retireWorker(machine, worker, 'hand-over', at, effects);
    return;
  }
  const phase = operation?.slots.find((one) => one.slot === slot.index)?.phase;
  // A crashed worker of a waiting slot comes back as what it was; a new slot was nothing yet.
  if (operation && phase === 'waiting' && slot.index >= operation.before.instances) return;
  const target = operation && phase === 'starting' ? operation.to : slot.generation;
  const stopFirst = machine.policy.execMode === 'fork' || (phase === 'starting' && operation?.order === 'stop-first');
  retireOthers(machine, workers, target, stopFirst, at, effects);
  if (workers.some((worker) => isOf(worker, target) && isLive(worker)) || at < slot.retryAt) return;
  if (stopFirst && inSlot(machine, slot.index).length > 0) return;
  startWorker(machine, slot.index, target, at, effects);
}

/** Workers that should not be there go as soon as those that should serve, or before it starts where both cannot run together. */
function retireOthers(
  machine: Machine,
  workers: Worker[],
  target: number,
  stopFirst: boolean,
  at: number,
  effects: Effect[],
): void {
  const served = workers.some((worker) => isOf(worker, target) && worker.stage === 'online');
  for (const worker of workers) {
    if (isOf(worker, target)) continue;
    if (served) retireWorker(machine, worker, 'hand-over', at, effects);
    else if (stopFirst) retireWorker(machine, worker, 'hand-back', at, effects);
  }
}
