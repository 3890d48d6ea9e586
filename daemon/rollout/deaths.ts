// Workers that end, or never begin: what becomes of their slot, and of the operation that they were started for.
import { inSlot, isLive } from './fleet.ts';
import { finish } from './finish.ts';
import { failOperation, workOf } from './operation.ts';
import { isFinish, recordDeath, recordObstacle } from './restarts.ts';
import { diedOnTrial, seconds } from './strategy.ts';
import type { Effect, Event, Machine, Operation, SlotWork, Worker } from './types.ts';

/** Its process has ended by itself, or as it was asked to. */
export function applyExit(
  machine: Machine,
  worker: Worker,
  event: Extract<Event, { type: 'exit' }>,
  effects: Effect[],
): void {
  const { at, code, why, random } = event;
  machine.workers = machine.workers.filter((one) => one !== worker);
  if (!isLive(worker) || (isFinish(machine.policy, code) && finish(machine, worker, why))) return;
  const starting = worker.stage !== 'online';
  // A candidate that is refused is not replaced: whoever asked for it is told.
  const isRefused = refuse(machine, worker, `ended with ${why}${sinceReady(worker, at)}`, at, effects);
  if (!isRefused) machine.restarts += 1;
  const slot = machine.slots[worker.slot];
  const replaced = inSlot(machine, worker.slot).some(isLive);
  // Booting is not being up: else an app that takes long to fail at boot would be tried for ever.
  const age = at - worker.startedAt;
  const uptime = starting ? 0 : age;
  if (slot && !replaced && slot.givenUp === null) recordDeath(slot, machine.policy, { at, uptime, age, why, random });
  if (!isRefused) alarm(machine, worker, at, effects);
}

function sinceReady({ stage, readyAt }: Worker, at: number): string {
  if (stage === 'starting' || readyAt === null) return ' before it was ready';
  return stage === 'standby' ? ' while it waited for the others' : `, ${seconds(at - readyAt)} after it took over`;
}

/** New code that dies again and again has no future, also when each death alone would be made good. */
function alarm(machine: Machine, worker: Worker, at: number, effects: Effect[]): void {
  const reason = diedOnTrial(machine, worker);
  if (reason === null) return;
  const { operation, trial } = machine;
  machine.trial = null;
  if (operation?.returning) return;
  const isRunning = operation?.to === trial?.to && operation?.settleBy === null;
  if (isRunning) failOperation(machine, { slot: worker.slot, worker: worker.id, reason }, at, effects);
  else if (machine.policy.bake > 0) effects.push({ type: 'alarm', reason });
}

/**
 * It ended while no master was there, or was never started: the master before had only noted that it would be. One that was starting
 * is started anew, which is held against nobody.
 */
export function applyAbsent(machine: Machine, worker: Worker, at: number, effects: Effect[]): void {
  if (worker.stage !== 'starting') {
    const why = 'an unknown exit code while no master was there';
    return applyExit(machine, worker, { type: 'exit', at, worker: worker.id, code: null, why, random: 0 }, effects);
  }
  machine.workers = machine.workers.filter((one) => one !== worker);
}

/** Going back is not possible there: whatever serves goes on. */
export function applyMissing(
  machine: Machine,
  worker: Worker,
  { why, at }: Extract<Event, { type: 'missing' }>,
  effects: Effect[],
): void {
  machine.workers = machine.workers.filter((one) => one !== worker);
  const { operation } = machine;
  const work = workOf(machine, worker);
  if (operation?.returning && work) return keepNew(machine, operation, work, why);
  refuse(machine, worker, `could not be started: ${why}`, at, effects);
  const slot = machine.slots[worker.slot];
  const death = { at, uptime: 0, age: 0, why, random: 0 };
  if (slot && !inSlot(machine, worker.slot).some(isLive)) recordDeath(slot, machine.policy, death);
}

function keepNew(machine: Machine, operation: Operation, work: SlotWork, why: string): void {
  work.phase = 'done';
  machine.slots[work.slot]!.generation = operation.to;
  operation.note ??= `slot ${work.slot} keeps generation ${operation.to}: ${why}`;
}

/** There was no room for its process. */
export function applyUnstarted(machine: Machine, worker: Worker, why: string, at: number, effects: Effect[]): void {
  machine.workers = machine.workers.filter((one) => one !== worker);
  refuse(machine, worker, `could not be started: ${why}`, at, effects);
  const slot = machine.slots[worker.slot];
  if (slot) recordObstacle(slot, at, why);
}

/** The operation that this worker was started for fails, unless it has the patience to try again; true when it did. */
export function refuse(machine: Machine, worker: Worker, reason: string, at: number, effects: Effect[]): boolean {
  const { operation } = machine;
  const work = workOf(machine, worker);
  if (!operation || !work || operation.request.patient) return false;
  if (operation.returning === null)
    return failOperation(
      machine,
      { slot: worker.slot, worker: worker.id, reason: `the new worker ${reason}` },
      at,
      effects,
    );
  // The old code cannot come back here. What serves of the new code goes on; where nothing does, both are tried on.
  const serves = inSlot(machine, worker.slot).some((one) => one !== worker && one.stage === 'online');
  if (serves) keepNew(machine, operation, work, `the old code ${reason}`);
  else work.phase = 'done';
  return serves;
}
