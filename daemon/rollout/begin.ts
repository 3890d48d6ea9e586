// How an operation begins, and why it cannot.
import { inSlot, pardon } from './fleet.ts';
import { canaryOf, strategyOf, surgeOf, trialOf } from './strategy.ts';
import type { Effect, Machine, Operation, Request } from './types.ts';

/** Takes the request up: from here on the machine wants what it says. */
export function beginOperation(machine: Machine, request: Request, at: number, effects: Effect[]): void {
  const { kind } = request;
  const before = { policy: machine.policy, instances: machine.instances };
  const from = machine.generation;
  const wasUp = machine.up;
  const protects = serves(machine);
  machine.up = kind !== 'stop' && kind !== 'delete';
  const back = kind === 'rollback' ? machine.previous : null;
  if (kind !== 'rehearse') {
    machine.policy = back?.policy ?? request.policy ?? machine.policy;
    machine.instances = request.instances ?? machine.instances;
  }
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
    surge: isBounded(strategy) ? within(request.room?.workers ?? Infinity, surge) : surge,
    canary: canaryOf(machine.policy, strategy, machine.instances),
    protects,
    before,
    slots: slots.map((slot) => ({
      slot,
      // A slot that was scaled away, and still drains, has missed what came meanwhile.
      from: slot < before.instances ? (machine.slots[slot]?.generation ?? from) : from,
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
  if ((kind === 'rehearse' || kind === 'rollback') && !(up && isServing)) return 'the app does not serve';
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

function serves({ workers }: Machine): boolean {
  return workers.some(({ stage }) => stage === 'online');
}

function doesRenew({ kind }: Request, wasUp: boolean, protects: boolean): boolean {
  if (kind === 'rehearse') return false;
  return kind === 'reload' || kind === 'rollback' || kind === 'restart' || !wasUp || (kind === 'start' && !protects);
}

/** With blue-green there is nothing to lower: all or nothing. */
function isBounded(strategy: Operation['strategy']): boolean {
  return strategy === 'rolling' || strategy === 'canary';
}

function within(room: number, surge: number): number {
  return Math.max(1, Math.min(room, surge));
}

function slotsToDo(machine: Machine, { kind, slot }: Request, renews: boolean, previous: number): number[] {
  const indexes = Array.from({ length: machine.instances }, (_, index) => index);
  // A place of its own: no slot that serves is touched.
  if (kind === 'rehearse') return [machine.instances];
  if (renews) return indexes;
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
  if (!isBounded(strategy) || room === null || room.workers >= surge) return null;
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
