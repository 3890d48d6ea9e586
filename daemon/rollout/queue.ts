// What is asked of the machine, one thing after the other.
import { beginOperation, cannotBegin } from './begin.ts';
import { endOperation } from './operation.ts';
import type { Effect, Machine, Request } from './types.ts';

/** Why a rollout that waited has ended without beginning. */
const SUPERSEDED = 'a newer reload took its place';

/** Stopping goes before everything else; whatever else comes while an operation runs waits for its turn. */
export function applyCommand(machine: Machine, request: Request, at: number, effects: Effect[]): void {
  const refusal = { slot: null, worker: null, reason: `zdm ${request.kind} came in between` };
  if (request.kind !== 'stop' && request.kind !== 'delete') {
    // Nobody waits for a patient operation, and it may take minutes: it gives way to what a person asks.
    if (machine.operation?.request.patient && !request.patient) endOperation(machine, refusal, at, effects);
    return enqueue(machine, request, effects);
  }
  const waiting = machine.queue;
  machine.queue = [];
  // A stop that runs is no other than this one: both are done when the last worker is gone.
  if (machine.up) endOperation(machine, refusal, at, effects);
  for (const { op } of waiting) effects.push({ type: 'end', op, refusal, note: null });
  // Begun before anything converges: what a failed operation goes back to must not be started first.
  if (machine.up) beginOperation(machine, request, at, effects);
  else machine.queue.push(request);
}

/** Of new code that waits, the latest is what is wanted. What the others brought along is not lost. */
function enqueue(machine: Machine, request: Request, effects: Effect[]): void {
  const isRollout = ({ kind }: Request): boolean => kind === 'reload' || kind === 'rollback';
  const late = isRollout(request) ? machine.queue.filter(isRollout) : [];
  const refusal = { slot: null, worker: null, reason: SUPERSEDED };
  for (const { op } of late) effects.push({ type: 'end', op, refusal, note: null });
  const instances = late.findLast((one) => one.instances !== null)?.instances ?? null;
  const policy = late.findLast((one) => one.policy !== null)?.policy ?? null;
  machine.queue = machine.queue.filter((one) => !late.includes(one));
  machine.queue.push({ ...request, instances: request.instances ?? instances, policy: request.policy ?? policy });
}

/** Takes up what waits, when nothing runs; true when something has changed by that. */
export function beginNext(machine: Machine, at: number, effects: Effect[]): boolean {
  if (machine.operation) return false;
  const request = machine.queue.shift();
  if (!request) return false;
  const why = cannotBegin(machine, request);
  if (why !== null) {
    const refusal = { slot: request.slot, worker: null, reason: why };
    effects.push({ type: 'end', op: request.op, refusal, note: null });
    return true;
  }
  beginOperation(machine, request, at, effects);
  return true;
}
