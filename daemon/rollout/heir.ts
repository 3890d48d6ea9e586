// What becomes of slots whose workers another master takes over.
import { hasHandedOver } from './fleet.ts';
import { endOperation } from './operation.ts';
import type { Effect, Event, Machine } from './types.ts';

/** The heir has failed, or is gone. */
export function deserted(
  machine: Machine,
  { slot, why, at }: Extract<Event, { type: 'deserted' }>,
  effects: Effect[],
): void {
  if (machine.operation?.request.kind === 'handover')
    return endOperation(machine, { slot, worker: null, reason: why }, at, effects);
  // It had everything, and was lost before it was the master.
  if (machine.operation === null && hasHandedOver(machine)) for (const one of machine.slots) one.relieved = false;
}

/** From now on the slot's workers are superfluous here. */
export function relieved(machine: Machine, slot: number): void {
  const mine = machine.operation?.slots.find((one) => one.slot === slot && one.phase === 'starting');
  if (!mine || machine.operation?.request.kind !== 'handover') return;
  mine.phase = 'done';
  machine.slots[slot]!.relieved = true;
}
