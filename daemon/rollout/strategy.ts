// How new code takes the place of old code: how many slots at once, who waits for whom, and what is kept for the way back.
import { inSlot, isOf } from './fleet.ts';
import { workersOf } from './policy.ts';
import type { Canary, Machine, Operation, Policy, Request, SlotWork, Trial, Worker } from './types.ts';
import type { Strategy } from '../protocol/model.ts';

/** Deaths of one slot's new workers that are no accident any more. */
const LOOP = 3;

const NOTHING_YET = { requests: 0, errors: 0, latency: null } as const;

/** How an operation goes about it; null for what replaces no code that serves. A way back is not tried out first. */
export function strategyOf({ strategy, execMode }: Policy, { kind }: Request, protects: boolean): Strategy | null {
  if (!protects || (kind !== 'reload' && kind !== 'rollback')) return null;
  if (execMode === 'fork') return 'rolling';
  return kind === 'rollback' && strategy === 'canary' ? 'rolling' : strategy;
}

/** How many workers beyond `instances` it wants at once. */
export function surgeOf(policy: Policy, strategy: Strategy | null, slots: number, instances: number): number {
  if (strategy === null || strategy === 'blue-green') return Math.max(1, slots);
  return workersOf(policy.surge, instances);
}

/** The canary of an operation, before anything was started; null when its strategy has none. */
export function canaryOf({ canary: plan }: Policy, strategy: Strategy | null, instances: number): Canary | null {
  if (strategy !== 'canary' || plan === null || instances < 2) return null;
  const slots = Math.min(workersOf(plan.share, instances), instances - 1);
  const percent = plan.share.unit === 'percent' ? plan.share.value : (100 * slots) / instances;
  return { slots, percent, until: null, old: NOTHING_YET, fresh: NOTHING_YET, verdict: null, reason: null };
}

/** Slots that may be taken up at this moment, beyond those under way. */
export function free({ slots, canary, surge }: Operation): number {
  const starting = slots.filter(({ phase }) => phase === 'starting').length;
  const proving = slots.filter(({ phase }) => phase === 'proving').length;
  if (canary === null || canary.verdict === 'pass') return surge - starting - proving;
  return Math.min(surge - starting, canary.slots - begunSlots(slots));
}

/** How many slots are taken up, or done. */
export function begunSlots(slots: readonly SlotWork[]): number {
  return slots.filter(({ phase }) => phase !== 'waiting').length;
}

/** Its new workers are let in all at once, when the last of them is ready. */
export function waitsForAll({ strategy, returning }: Operation): boolean {
  return strategy === 'blue-green' && returning === null;
}

/** The worker with which a slot would serve after the switch: a new one that waits, one that was kept, or one that serves already. */
export function readyFor(machine: Machine, { slot }: SlotWork, generation: number): Worker | undefined {
  const mine = inSlot(machine, slot).filter((worker) => isOf(worker, generation));
  return mine.find(({ stage, kept }) => stage === 'online' || stage === 'standby' || kept);
}

/** Is an old worker of this code and slot wanted back, perhaps? */
export function mayReturn({ operation, trial }: Machine, slot: number, generation: number): boolean {
  if (operation && operation.returning === null && operation.protects && operation.to !== generation) {
    const work = operation.slots.find((one) => one.slot === slot);
    if (work?.from === generation && operation.order === 'start-first')
      return operation.strategy === 'blue-green' || work.phase === 'starting' || work.phase === 'proving';
  }
  // A rollback needs them until it has let them in.
  if (operation?.to === generation && operation.request.kind === 'rollback') return true;
  if (operation?.returning && operation.slots.some((one) => one.slot === slot && one.from === generation)) return true;
  return trial?.warm === true && trial.from === generation && trial.until !== null;
}

/** New code that takes over from old code is on trial; a way back is not. */
export function trialOf(
  machine: Machine,
  { kind }: Request,
  from: number,
  to: number,
  protects: boolean,
): Trial | null {
  const isNew = protects && from !== to && (kind === 'reload' || kind === 'restart');
  if (isNew) return { from, to, until: null, warm: false, deaths: [] };
  // Scaling and replacing single workers disturb no trial.
  return kind === 'scale' || kind === 'replace' || kind === 'rehearse' ? machine.trial : null;
}

/** The operation that brought it has ended well. */
export function prolongTrial(machine: Machine, { strategy, to }: Operation, at: number): void {
  const { trial, policy } = machine;
  if (trial?.to !== to || trial.until !== null) return;
  if (policy.bake === 0) machine.trial = null;
  else Object.assign(trial, { until: at + policy.bake, warm: strategy === 'blue-green' });
}

/** A worker that served has died: why the new code has failed its trial, null when it has not (yet). */
export function diedOnTrial({ trial, slots, policy }: Machine, { slot, generation }: Worker): string | null {
  if (trial?.to !== generation) return null;
  const deaths = (trial.deaths[slot] ?? 0) + 1;
  trial.deaths = Array.from({ length: slots.length }, (_, index) =>
    index === slot ? deaths : (trial.deaths[index] ?? 0),
  );
  const given = slots[slot]?.givenUp ?? null;
  if (given !== null && !slots[slot]?.finished) return `slot ${slot} was given up: ${given}`;
  if (deaths < LOOP) return null;
  const when = trial.until === null ? 'during the rollout' : `within ${seconds(policy.bake)} after it took over (bake)`;
  return `slot ${slot} died ${deaths} times ${when}`;
}

/** `1.5s` */
export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10}s`;
}
