// Acts on the difference between what is wanted in each slot and what is there. Idempotent: twice changes nothing more.
import {
  admitWorker,
  inSlot,
  isLive,
  isOf,
  letGo,
  pardon,
  retireWorker,
  startWorker,
  stopWorker,
  UNTROUBLED,
} from './fleet.ts';
import { allDone, wantedIn } from './operation.ts';
import { beginProving } from './proving.ts';
import { free, mayReturn, readyFor, waitsForAll } from './strategy.ts';
import type { Effect, Machine, Operation, Slot, SlotWork, Worker } from './types.ts';

/** Starts what is missing and dismisses what is superfluous, slot by slot. */
export function convergeSlots(machine: Machine, at: number, effects: Effect[]): void {
  const { operation } = machine;
  while (machine.up && machine.slots.length < wantedSlots(machine)) machine.slots.push(newSlot(machine));
  if (operation) {
    takeUp(operation, machine, at);
    if (waitsForAll(operation)) changeAll(machine, operation, at, effects);
  }
  for (const slot of machine.slots) convergeSlot(machine, slot, at, effects);
  for (const worker of machine.workers)
    if (worker.kept && !mayReturn(machine, worker.slot, worker.generation)) letGo(machine, worker, at, effects);
  while (machine.slots.length > machine.instances && inSlot(machine, machine.slots.length - 1).length === 0) {
    machine.slots.pop();
  }
}

function wantedSlots({ instances, operation }: Machine): number {
  const rehearsed = operation?.request.kind === 'rehearse' && !allDone(operation) ? 1 : 0;
  return instances + rehearsed;
}

function newSlot(machine: Machine): Slot {
  const { operation } = machine;
  const generation = operation?.returning === null ? operation.to : machine.generation;
  return { index: machine.slots.length, generation, ...UNTROUBLED };
}

/** Takes up waiting slots as far as the strategy allows, unless it is paused. How the old code fared there is not held against the new. */
function takeUp(operation: Operation, machine: Machine, at: number): void {
  for (const one of operation.slots) {
    if (one.phase !== 'waiting') continue;
    // What goes back does not wait where nothing serves, or where the old one is still there.
    const isUrgent = operation.returning !== null && mustReturnNow(machine, one);
    if (!isUrgent && (operation.paused || free(operation) < 1)) continue;
    one.phase = 'starting';
    pardon(machine.slots[one.slot]!);
    if (operation.request.kind === 'replace') for (const worker of inSlot(machine, one.slot)) worker.outdated = true;
    // After a way back that was not possible everywhere a slot may have what is wanted already.
    const there = readyFor(machine, one, wantedIn(operation, one));
    if (!waitsForAll(operation) && there?.stage === 'online') beginProving(machine, operation, there, at);
  }
}

function mustReturnNow(machine: Machine, work: SlotWork): boolean {
  return !inSlot(machine, work.slot).some(isLive) || readyFor(machine, work, work.from) !== undefined;
}

/** Blue-green: when every slot has somebody ready, all are let in in one turn; the old ones go in the same. */
function changeAll(machine: Machine, operation: Operation, at: number, effects: Effect[]): void {
  const open = operation.slots.filter(({ phase }) => phase !== 'done');
  if (operation.paused || open.length === 0 || !open.every(({ phase }) => phase === 'starting')) return;
  const ready = open.map((work) => readyFor(machine, work, operation.to));
  if (!ready.every((worker) => worker !== undefined)) return;
  effects.push({ type: 'switch' });
  for (const worker of ready) {
    if (worker.stage !== 'online') admitWorker(worker, at, effects);
    beginProving(machine, operation, worker, at);
  }
}

function convergeSlot(machine: Machine, slot: Slot, at: number, effects: Effect[]): void {
  const { operation } = machine;
  const workers = inSlot(machine, slot.index);
  const work = operation?.slots.find((one) => one.slot === slot.index);
  if (!machine.up || slot.givenUp !== null) {
    for (const worker of workers) retireWorker(machine, worker, 'finish', at, effects);
    return;
  }
  const isRehearsed = operation?.request.kind === 'rehearse' && work?.phase === 'starting';
  if (slot.index >= machine.instances && !isRehearsed) {
    // While the operation may still fail, a slot too many may still be needed.
    if (operation && !allDone(operation) && operation.returning === null) return;
    for (const worker of workers) retireWorker(machine, worker, 'hand-over', at, effects);
    return;
  }
  // A crashed worker of a waiting slot comes back as what it was; a new slot was nothing yet.
  if (operation && work?.phase === 'waiting' && slot.index >= operation.before.instances) return;
  // What is to go back serves until its turn has come.
  if (operation?.returning && work?.phase === 'waiting') return;
  const target = operation && work?.phase === 'starting' ? wantedIn(operation, work) : slot.generation;
  const isForward = work?.phase === 'starting' && operation?.returning === null;
  const stopFirst = machine.policy.execMode === 'fork' || (isForward && operation?.order === 'stop-first');
  retireOthers(machine, workers, target, stopFirst, at, effects);
  if (workers.some((worker) => isOf(worker, target) && isLive(worker))) return;
  const kept = workers.find((worker) => worker.kept && isOf(worker, target));
  if (kept) {
    if (operation && work?.phase === 'starting' && waitsForAll(operation)) return;
    takeBack(machine, kept, at, effects);
    return retireOthers(machine, workers, target, stopFirst, at, effects);
  }
  if (at < slot.retryAt || (stopFirst && inSlot(machine, slot.index).length > 0)) return;
  startWorker(machine, slot.index, target, at, effects);
}

function takeBack(machine: Machine, worker: Worker, at: number, effects: Effect[]): void {
  admitWorker(worker, at, effects);
  const { operation } = machine;
  const work = operation?.slots.find(({ slot, phase }) => slot === worker.slot && phase === 'starting');
  if (operation && work) beginProving(machine, operation, worker, at);
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
    const { kept, slot, generation, stage } = worker;
    const keeps = !worker.outdated && mayReturn(machine, slot, generation);
    // New code that waits in a slot which goes on with the old.
    if (stage === 'standby' && !kept && served) stopWorker(machine, worker, at, effects);
    else if (served) retireWorker(machine, worker, 'hand-over', at, effects, keeps);
    else if (stopFirst) retireWorker(machine, worker, 'hand-back', at, effects);
  }
}
