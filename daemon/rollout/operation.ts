// One operation at a time: how it begins, when it is over, and what a failure goes back to.
import { hasHandedOver, inSlot, isBusy, isOf, pardon, stopWorker } from './fleet.ts';
import type { Effect, Machine, Operation, Refusal, Request, Worker } from './types.ts';

/** How long (ms) a finished rollout waits for requests in flight in old workers before it reports them as still open. */
const SETTLE_LIMIT = 5_000;

/** Takes the request up: from here on the machine wants what it says. */
export function beginOperation(machine: Machine, request: Request, effects: Effect[]): void {
  const { kind } = request;
  const before = { policy: machine.policy, instances: machine.instances };
  const wasUp = machine.up;
  const protects = machine.workers.some((worker) => worker.stage === 'online');
  machine.up = kind !== 'stop' && kind !== 'delete';
  machine.policy = request.policy ?? machine.policy;
  machine.instances = request.instances ?? machine.instances;
  if (!wasUp) machine.listens = null;
  const renews = machine.up && (kind === 'reload' || kind === 'restart' || !wasUp || (kind === 'start' && !protects));
  if (renews) machine.lastGeneration += 1;
  const ownsPort = machine.policy.execMode === 'fork';
  const slots = machine.up ? slotsToDo(machine, request, renews, before.instances) : [];
  // The others are pardoned when their turn comes: until then nothing is known that would run better there.
  const pardons = machine.up && kind !== 'replace';
  for (const slot of machine.slots) if (pardons && !slots.includes(slot.index)) pardon(slot);
  machine.latest = request.op;
  machine.operation = {
    request,
    from: machine.generation,
    to: renews ? machine.lastGeneration : machine.generation,
    order: kind === 'restart' || ownsPort ? 'stop-first' : 'start-first',
    surge: (kind === 'reload' && protects) || kind === 'handover' ? 1 : Math.max(1, slots.length),
    protects,
    before,
    slots: slots.map((slot) => ({ slot, phase: 'waiting' })),
    settleBy: null,
    paused: false,
    note:
      kind === 'reload' && ownsPort && protects
        ? 'a fork-mode app owns its ports: this was a restart, with a gap'
        : null,
  };
  effects.push({ type: 'begin', operation: structuredClone(machine.operation) });
}

/** Is the worker of the code that the operation wants? With a handover none of ours is. */
export function isCandidate({ request, to }: Operation, worker: Worker): boolean {
  return request.kind !== 'handover' && isOf(worker, to);
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
  const begun = operation.slots.filter(({ phase }) => phase !== 'waiting');
  const lost = begun.map(({ slot }) => machine.slots[slot]).find((slot) => slot?.givenUp && !slot.finished);
  if (lost) {
    endOperation(machine, { slot: lost.index, worker: null, reason: lost.givenUp! }, at, effects);
  } else if (operation.request.kind === 'handover') {
    // Until then this master is the one that is asked; there is nothing to go on with for whoever comes next.
    if (hasHandedOver(machine) && machine.workers.length === 0) endOperation(machine, null, at, effects);
  } else if (allDone(operation)) {
    machine.generation = operation.to;
    operation.settleBy ??= at + SETTLE_LIMIT;
    if (at >= operation.settleBy || !machine.workers.some(isBusy)) endOperation(machine, null, at, effects);
  }
  return machine.operation === null;
}

/** The operation is over. A refusal leaves what was serving as it was. */
export function endOperation(machine: Machine, refusal: Refusal | null, at: number, effects: Effect[]): void {
  const { operation } = machine;
  if (!operation) return;
  machine.operation = null;
  if (refusal) for (const slot of machine.slots) slot.relieved = false;
  if (refusal) goBack(machine, operation, refusal, at, effects);
  effects.push({ type: 'end', op: operation.request.op, refusal, note: operation.note });
}

function slotsToDo(machine: Machine, { kind, slot }: Request, renews: boolean, previous: number): number[] {
  const indexes = Array.from({ length: machine.instances }, (_, index) => index);
  if (renews || kind === 'handover') return indexes;
  if (kind === 'replace') return indexes.filter((index) => index === slot);
  if (kind === 'scale') return indexes.slice(previous);
  return indexes.filter((index) => !inSlot(machine, index).some(({ stage }) => stage === 'online'));
}

function goBack(machine: Machine, operation: Operation, refusal: Refusal, at: number, effects: Effect[]): void {
  if (operation.settleBy !== null) return;
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
  const unproven = operation.slots.filter(({ phase }) => phase === 'starting').map(({ slot }) => slot);
  for (const worker of machine.workers) {
    const mine = unproven.includes(worker.slot) && isCandidate(operation, worker);
    if (mine && worker.stage === 'starting') stopWorker(machine, worker, at, effects);
    worker.outdated = false;
  }
}
