// One operation at a time: when it is over, and what a failure goes back to. How it begins: begin.ts.
import { inSlot, isBusy, isLive, isOf, pardon, stopWorker } from './fleet.ts';
import { prolongTrial, seconds } from './strategy.ts';
import type { Effect, Machine, Operation, Refusal, SlotWork, Worker } from './types.ts';

/** How long (ms) a finished rollout waits for requests in flight in old workers before it reports them as still open. */
const SETTLE_LIMIT = 5_000;

/** Is the worker of the code that the operation wants in its slot? */
export function isCandidate(operation: Operation, worker: Worker): boolean {
  const work = operation.slots.find(({ slot }) => slot === worker.slot);
  return isOf(worker, work ? wantedIn(operation, work) : operation.to);
}

/** The code that the slot is to run. What brings no new code leaves each slot its own, and what has failed gives it back. */
export function wantedIn({ from, to, returning }: Operation, work: SlotWork): number {
  return returning !== null || from === to ? work.from : to;
}

/** The slot that this worker was started for, while it has not proved itself. */
export function workOf({ operation }: Machine, worker: Worker): SlotWork | undefined {
  if (!operation || !isCandidate(operation, worker)) return undefined;
  return operation.slots.find(
    ({ slot, phase }) => slot === worker.slot && (phase === 'starting' || phase === 'proving'),
  );
}

/** Has every slot what the operation wanted for it? From then on it cannot fail in a way that would go back. */
export function allDone(operation: Operation): boolean {
  return operation.slots.every(({ phase }) => phase === 'done');
}

/** Ends the operation when everything it wanted is so, or cannot be; true when it ended. */
export function progressOperation(machine: Machine, at: number, effects: Effect[]): boolean {
  const { operation } = machine;
  if (!operation) return false;
  if (!machine.up) {
    if (machine.workers.length === 0) endOperation(machine, null, at, effects);
    return machine.operation === null;
  }
  if (operation.returning) {
    if (allDone(operation)) endOperation(machine, operation.returning, at, effects);
    return machine.operation === null;
  }
  const begun = operation.slots.filter(({ phase }) => phase !== 'waiting');
  const lost = begun.map(({ slot }) => machine.slots[slot]).find((slot) => slot?.givenUp && !slot.finished);
  const { deadline, paused, request } = operation;
  if (lost) {
    return failOperation(machine, { slot: lost.index, worker: null, reason: lost.givenUp! }, at, effects);
  }
  if (deadline !== null && !paused && at >= deadline && !allDone(operation)) {
    const reason = `it was not done within ${seconds(machine.policy.progressDeadline)} (progress_deadline)`;
    return failOperation(machine, { slot: null, worker: null, reason }, at, effects);
  }
  if (allDone(operation)) {
    if (request.kind !== 'rehearse') machine.generation = operation.to;
    operation.settleBy ??= at + SETTLE_LIMIT;
    if (at >= operation.settleBy || !machine.workers.some(isBusy)) endOperation(machine, null, at, effects);
  }
  return machine.operation === null;
}

/** It does not do what was asked: slots that it changed go back first, where something served before. True when it may go on at once. */
export function failOperation(machine: Machine, refusal: Refusal, at: number, effects: Effect[]): true {
  const { operation } = machine;
  if (operation?.returning !== null || !turnBack(machine, operation, refusal, at, effects))
    endOperation(machine, refusal, at, effects);
  return true;
}

/** The operation is over. A refusal leaves what was serving as it was. */
export function endOperation(machine: Machine, refusal: Refusal | null, at: number, effects: Effect[]): void {
  const { operation } = machine;
  if (!operation) return;
  machine.operation = null;
  if (refusal && operation.returning === null) goBack(machine, operation, refusal, at, effects);
  if (refusal === null) succeed(machine, operation, at);
  else if (machine.trial?.until === null) machine.trial = null;
  effects.push({
    type: 'end',
    op: operation.request.op,
    refusal,
    note: operation.note,
    last: structuredClone(operation),
  });
}

function succeed(machine: Machine, operation: Operation, at: number): void {
  const { from, to, protects, request } = operation;
  if (request.kind !== 'rehearse' && protects && from !== to && machine.up)
    machine.previous = { generation: from, policy: operation.before.policy };
  if (request.kind === 'rollback') machine.trial = null;
  prolongTrial(machine, operation, at);
}

/** Sets the slots that have new code on their way back; false when there are none. */
function turnBack(
  machine: Machine,
  operation: Operation,
  refusal: Refusal,
  at: number,
  effects: Effect[],
): operation is Operation {
  const { from, to, protects, request, settleBy, before } = operation;
  if (!protects || from === to || settleBy !== null || request.patient || request.kind === 'rehearse') return false;
  const back = operation.slots.filter(({ slot, phase, from: old }) => {
    if (phase === 'waiting' || slot >= before.instances) return false;
    const there = inSlot(machine, slot);
    const hasTakenOver = there.some((one) => isOf(one, to) && one.stage === 'online');
    return hasTakenOver || !there.some((one) => isOf(one, old) && isLive(one));
  });
  // Where nobody has taken over there is nothing to go back from.
  if (back.length === 0) return false;
  restore(machine, operation, at, effects);
  for (const { slot, from: old } of back) {
    const entry = machine.slots[slot]!;
    if (entry.generation === to) pardon(entry);
    entry.generation = old;
  }
  operation.slots = back.map((work) => ({ ...work, phase: 'waiting', until: null }));
  operation.returning = refusal;
  operation.paused = false;
  return true;
}

function goBack(machine: Machine, operation: Operation, refusal: Refusal, at: number, effects: Effect[]): void {
  if (operation.settleBy !== null || operation.request.kind === 'rehearse') {
    return operation.settleBy === null ? stopUnproven(machine, operation, at, effects) : undefined;
  }
  if (operation.request.patient || !operation.protects) machine.generation = operation.to;
  if (operation.request.patient) return;
  if (!operation.protects) {
    // Nothing was serving, and the user has just been told: trying on would only repeat the message in the log.
    for (const slot of machine.slots)
      Object.assign(slot, { generation: operation.to, givenUp: refusal.reason, finished: false });
    return;
  }
  restore(machine, operation, at, effects);
}

/** What was wanted before is wanted again, and what has not taken over goes. */
function restore(machine: Machine, operation: Operation, at: number, effects: Effect[]): void {
  machine.policy = operation.before.policy;
  machine.instances = operation.before.instances;
  stopUnproven(machine, operation, at, effects);
}

/** New workers that have not taken over yet, and such as were to take the place of new ones that had. */
function stopUnproven(machine: Machine, operation: Operation, at: number, effects: Effect[]): void {
  const isNew = operation.from !== operation.to;
  const unproven = operation.slots.filter(({ phase }) => phase === 'starting' || isNew).map(({ slot }) => slot);
  for (const worker of machine.workers) {
    const mine = unproven.includes(worker.slot) && isCandidate(operation, worker) && !worker.kept;
    if (mine && (worker.stage === 'starting' || worker.stage === 'standby')) stopWorker(machine, worker, at, effects);
    worker.outdated = false;
  }
}
