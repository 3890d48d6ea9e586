// What new code has to show after it has taken over, before its slots are done: time, or a canary's figures.
import { judgeCanary } from './canary.ts';
import { failOperation } from './operation.ts';
import { begunSlots } from './strategy.ts';
import type { Effect, Event, Machine, Operation, Worker } from './types.ts';

/** A worker of the code that is wanted has taken over, which is the slot's from now on: is it done with that? */
export function beginProving({ policy, slots }: Machine, operation: Operation, worker: Worker, at: number): void {
  const work = operation.slots.find(({ slot }) => slot === worker.slot)!;
  const { canary, returning } = operation;
  slots[worker.slot]!.generation = worker.generation;
  const isTried = canary !== null && canary.verdict !== 'pass' && returning === null;
  work.phase =
    isTried || (policy.minReady > 0 && operation.strategy !== null && returning === null) ? 'proving' : 'done';
  work.until = isTried || work.phase === 'done' ? null : at + policy.minReady;
}

/** Slots whose time is up are done; a canary gets its verdict. */
export function prove(machine: Machine, { type, at }: Event, effects: Effect[]): void {
  const { operation } = machine;
  if (!operation || operation.returning) return;
  for (const work of operation.slots)
    if (work.phase === 'proving' && work.until !== null && at >= work.until) work.phase = 'done';
  const { canary } = operation;
  const plan = machine.policy.canary;
  if (!canary || !plan || canary.verdict !== null) return;
  // A worker that has done what it was for has nothing to prove.
  const isComplete =
    begunSlots(operation.slots) >= canary.slots && operation.slots.every(({ phase }) => phase !== 'starting');
  if (isComplete) canary.until ??= at + plan.bake;
  // With what was counted up to its end, and not before.
  if (canary.until === null || type !== 'measured') return;
  const judgement = judgeCanary(plan, canary.old, canary.fresh, at >= canary.until);
  if (!judgement) return;
  const { verdict, reason } = judgement;
  Object.assign(canary, { verdict, reason });
  if (verdict === 'pass') promote(operation);
  if (verdict === 'fail')
    failOperation(machine, { slot: null, worker: null, reason: `the canary failed: ${reason}` }, at, effects);
}

/** Whoever looks after a canary without a verdict lets it pass. */
export function passCanary(operation: Operation, by: string): void {
  Object.assign(operation.canary!, { verdict: 'pass', reason: by });
  promote(operation);
}

/** The answers that were counted so far. */
export function noteMeasured({ operation }: Machine, event: Extract<Event, { type: 'measured' }>): void {
  const { old, fresh } = event;
  if (operation?.canary && operation.canary.until !== null) Object.assign(operation.canary, { old, fresh });
}

function promote({ slots }: Operation): void {
  for (const work of slots) if (work.phase === 'proving' && work.until === null) work.phase = 'done';
}
