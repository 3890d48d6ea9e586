// One operation at a time: how it begins, when it is over, and what a failure goes back to.
import { hasHandedOver, inSlot, isBusy, isLive, isOf, pardon, stopWorker } from './fleet.ts';
import { canaryOf, prolongTrial, seconds, strategyOf, surgeOf, trialOf } from './strategy.ts';
import type { Effect, Machine, Operation, Refusal, Request, SlotWork, Worker } from './types.ts';

/** How long (ms) a finished rollout waits for requests in flight in old workers before it reports them as still open. */
const SETTLE_LIMIT = 5_000;

/** Takes the request up: from here on the machine wants what it says. */
export function beginOperation(machine: Machine, request: Request, at: number, effects: Effect[]): void {
  const { kind } = request;
  const before = { policy: machine.policy, instances: machine.instances };
  const from = machine.generation;
  const wasUp = machine.up;
  const protects = serves(machine);
  machine.up = kind !== 'stop' && kind !== 'delete';
  const back = kind === 'rollback' ? machine.previous : null;
  machine.policy = back?.policy ?? request.policy ?? machine.policy;
  machine.instances = request.instances ?? machine.instances;
  if (!wasUp) machine.listens = null;
  const renews = machine.up && doesRenew(request, wasUp, protects);
  if ((renews && kind !== 'rollback') || kind === 'rehearse') machine.lastGeneration += 1;
  const ownsPort = machine.policy.execMode === 'fork';
  const slots = machine.up ? slotsToDo(machine, request, renews, before.instances) : [];
  // The others are pardoned when their turn comes: until then nothing is known that would run better there.
  const pardons = machine.up && kind !== 'replace' && kind !== 'rehearse';
  for (const slot of machine.slots) if (pardons && !slots.includes(slot.index)) pardon(slot);
  machine.latest = request.op;
  const to = back?.generation ?? (renews || kind === 'rehearse' ? machine.lastGeneration : from);
  const strategy = strategyOf(machine.policy, request, protects);
  const surge = surgeOf(machine.policy, strategy, slots.length, machine.instances);
  const operation: Operation = {
    request,
    from,
    to,
    order: kind === 'restart' || ownsPort ? 'stop-first' : 'start-first',
    strategy,
    surge: kind === 'handover' ? 1 : strategy === 'rolling' ? within(request.room?.workers ?? Infinity, surge) : surge,
    canary: canaryOf(machine.policy, strategy, machine.instances),
    protects,
    before,
    slots: slots.map((slot) => ({
      slot,
      // A slot that was scaled away, and still drains, has missed what came meanwhile.
      from: kind === 'scale' ? from : (machine.slots[slot]?.generation ?? from),
      phase: 'waiting',
      until: null,
    })),
    deadline: null,
    returning: null,
    settleBy: null,
    paused: false,
    pausedAt: 0,
    note: noteOf(request, strategy, surge, ownsPort && protects),
  };
  operation.deadline = deadlineOf(machine, operation, at);
  machine.trial = trialOf(machine, request, from, to, protects);
  machine.operation = operation;
  effects.push({ type: 'begin', operation: structuredClone(operation) });
}

/** Some things need something to do them to, and room to do it. */
export function cannotBegin(machine: Machine, request: Request): string | null {
  const { kind, room } = request;
  const { up, workers, previous } = machine;
  if (kind === 'replace' && !up) return 'the app is stopped';
  if (kind === 'rehearse' && machine.policy.execMode === 'fork')
    return 'a fork-mode app owns its ports: two of its workers cannot run together';
  const isServing = workers.some(({ stage }) => stage === 'online');
  if ((kind === 'handover' || kind === 'rehearse' || kind === 'rollback') && !(up && isServing))
    return 'the app does not serve';
  if (kind === 'rollback' && previous === null) return 'there is no release to go back to';
  const policy = (kind === 'rollback' ? previous?.policy : request.policy) ?? machine.policy;
  const strategy = strategyOf(policy, request, isServing);
  if (room === null || policy.execMode === 'fork') return null;
  if (strategy === null && kind !== 'rehearse') return null;
  const instances = request.instances ?? machine.instances;
  const warm = workers.filter(({ kept, generation }) => kept && generation === previous?.generation).length;
  const least = strategy === 'blue-green' ? instances - warm : (canaryOf(policy, strategy, instances)?.slots ?? 1);
  const wanted = least === 1 ? 'one more worker' : `${least} more workers`;
  return room.workers >= least ? null : `there is no room for ${wanted}: ${room.figures}`;
}

/** Is the worker of the code that the operation wants in its slot? With a handover none of ours is. */
export function isCandidate(operation: Operation, worker: Worker): boolean {
  if (operation.request.kind === 'handover') return false;
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
  if (request.kind === 'handover') {
    // Until then this master is the one that is asked; there is nothing to go on with for whoever comes next.
    if (hasHandedOver(machine) && machine.workers.length === 0) endOperation(machine, null, at, effects);
  } else if (allDone(operation)) {
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
  if (refusal) for (const slot of machine.slots) slot.relieved = false;
  if (refusal && operation.returning === null) goBack(machine, operation, refusal, at, effects);
  if (refusal === null) succeed(machine, operation, at);
  else if (machine.trial?.until === null) machine.trial = null;
  effects.push({ type: 'end', op: operation.request.op, refusal, note: operation.note, last: structuredClone(operation) });
}

function succeed(machine: Machine, operation: Operation, at: number): void {
  const { from, to, protects, request } = operation;
  if (request.kind !== 'rehearse' && protects && from !== to && machine.up) machine.previous = { generation: from, policy: operation.before.policy };
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
  machine.policy = before.policy;
  machine.instances = before.instances;
  stopUnproven(machine, operation, at, effects);
  const touched = operation.slots.filter(({ slot, phase }) => phase !== 'waiting' && slot < before.instances);
  for (const { slot, from: old } of touched) {
    const entry = machine.slots[slot];
    if (!entry) continue;
    if (entry.generation === to) pardon(entry);
    entry.generation = old;
  }
  const back = touched.filter(({ slot, from: old }) => {
    const there = inSlot(machine, slot);
    return there.some((one) => isOf(one, to) && isLive(one)) || !there.some((one) => isOf(one, old) && isLive(one));
  });
  operation.slots = back.map((work) => ({ ...work, phase: 'waiting', until: null }));
  operation.returning = refusal;
  operation.paused = false;
  return back.length > 0;
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
  machine.policy = operation.before.policy;
  machine.instances = operation.before.instances;
  stopUnproven(machine, operation, at, effects);
}

/** New workers that have not taken over yet. */
function stopUnproven(machine: Machine, operation: Operation, at: number, effects: Effect[]): void {
  const unproven = operation.slots.filter(({ phase }) => phase === 'starting').map(({ slot }) => slot);
  for (const worker of machine.workers) {
    const mine = unproven.includes(worker.slot) && isCandidate(operation, worker) && !worker.kept;
    if (mine && (worker.stage === 'starting' || worker.stage === 'standby')) stopWorker(machine, worker, at, effects);
    worker.outdated = false;
  }
}

function serves({ workers }: Machine): boolean {
  return workers.some(({ stage }) => stage === 'online');
}

function doesRenew({ kind }: Request, wasUp: boolean, protects: boolean): boolean {
  if (kind === 'rehearse') return false;
  return kind === 'reload' || kind === 'rollback' || kind === 'restart' || !wasUp || (kind === 'start' && !protects);
}

function within(room: number, surge: number): number {
  return Math.max(1, Math.min(room, surge));
}

function slotsToDo(machine: Machine, { kind, slot }: Request, renews: boolean, previous: number): number[] {
  const indexes = Array.from({ length: machine.instances }, (_, index) => index);
  // A place of its own: no slot that serves is touched.
  if (kind === 'rehearse') return [machine.instances];
  if (renews || kind === 'handover') return indexes;
  if (kind === 'replace') return indexes.filter((index) => index === slot);
  if (kind === 'scale') return indexes.slice(previous);
  return indexes.filter((index) => !inSlot(machine, index).some(({ stage }) => stage === 'online'));
}

function noteOf(
  { kind, room }: Request,
  strategy: Operation['strategy'],
  surge: number,
  hasGap: boolean,
): string | null {
  if (hasGap && (kind === 'reload' || kind === 'rollback'))
    return `a fork-mode app owns its ports: this was a ${kind === 'reload' ? 'restart' : 'rollback'}, with a gap`;
  if (strategy !== 'rolling' || room === null || room.workers >= surge) return null;
  return `surge was ${room.workers} instead of ${surge}: ${room.figures}`;
}

/** Time that the user wants to be waited does not count. */
function deadlineOf({ policy }: Machine, operation: Operation, at: number): number | null {
  const { strategy, slots, surge, request } = operation;
  const { progressDeadline, minReady, canary } = policy;
  if (strategy === null || progressDeadline === 0 || request.patient) return null;
  const bake = operation.canary ? (canary?.bake ?? 0) : 0;
  return at + progressDeadline + bake + minReady * Math.ceil(slots.length / surge);
}
