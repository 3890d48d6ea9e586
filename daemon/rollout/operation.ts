// One operation at a time: how it begins, when it is over, and what a failure goes back to.
import { isBusy, isLive, stopWorker } from './fleet.ts';
import type { Effect, Machine, Operation, Refusal, Request } from './types.ts';

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
  const renews = kind === 'reload' || kind === 'restart' || (kind === 'start' && !protects);
  if (renews) machine.lastGeneration += 1;
  const ownsPort = machine.policy.execMode === 'fork';
  const slots = machine.up ? slotsToDo(machine, renews, before.instances) : [];
  for (const slot of machine.slots) if (machine.up) Object.assign(slot, { failures: 0, retryAt: 0, givenUp: null });
  machine.operation = {
    request,
    from: machine.generation,
    to: renews ? machine.lastGeneration : machine.generation,
    order: kind === 'restart' || ownsPort ? 'stop-first' : 'start-first',
    surge: kind === 'reload' && protects ? 1 : Math.max(1, slots.length),
    protects,
    before,
    slots: slots.map((slot) => ({ slot, phase: 'waiting' })),
    settleBy: null,
    note:
      kind === 'reload' && ownsPort && protects
        ? 'a fork-mode app owns its ports: this was a restart, with a gap'
        : null,
  };
  effects.push({ type: 'begin', operation: structuredClone(machine.operation) });
}

/** Ends the operation when everything it wanted is so. */
export function progressOperation(machine: Machine, at: number, effects: Effect[]): void {
  const { operation } = machine;
  if (!operation) return;
  if (!machine.up) {
    if (machine.workers.length === 0) endOperation(machine, null, at, effects);
    return;
  }
  const lost = operation.slots.map(({ slot }) => machine.slots[slot]).find((slot) => slot?.givenUp);
  if (lost) {
    const refusal = { slot: lost.index, worker: null, reason: lost.givenUp! };
    return endOperation(machine, refusal, at, effects);
  }
  if (operation.slots.some(({ slot, phase }) => slot < machine.instances && phase !== 'done')) return;
  machine.generation = operation.to;
  operation.settleBy ??= at + SETTLE_LIMIT;
  if (at >= operation.settleBy || !machine.workers.some(isBusy)) endOperation(machine, null, at, effects);
}

/** The operation is over. A refusal leaves what was serving as it was. */
export function endOperation(machine: Machine, refusal: Refusal | null, at: number, effects: Effect[]): void {
  const { operation } = machine;
  if (!operation) return;
  machine.operation = null;
  if (refusal) goBack(machine, operation, refusal, at, effects);
  effects.push({ type: 'end', op: operation.request.op, refusal, note: operation.note });
}

function slotsToDo(machine: Machine, all: boolean, previous: number): number[] {
  const indexes = Array.from({ length: machine.instances }, (_, index) => index);
  return all ? indexes : indexes.slice(Math.min(previous, machine.instances));
}

function goBack(machine: Machine, operation: Operation, refusal: Refusal, at: number, effects: Effect[]): void {
  if (operation.request.patient) return;
  if (!operation.protects) {
    // Nothing was serving, and the user has just been told: trying on would only repeat the message in the log.
    for (const slot of machine.slots) slot.givenUp = refusal.reason;
    return;
  }
  machine.policy = operation.before.policy;
  machine.instances = operation.before.instances;
  for (const worker of machine.workers) {
    const unproven = worker.stage === 'starting' && worker.generation === operation.to;
    if (isLive(worker) && unproven) stopWorker(machine, worker, at, effects);
  }
}
