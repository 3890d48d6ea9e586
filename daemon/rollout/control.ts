// What a person may do to a rollout that runs: end it, halt it, let it go on, and cut its old workers' leisure short.
import type { ControlAction } from '../protocol/contract.ts';
import { stopWorker } from './fleet.ts';
import { allDone, failOperation } from './operation.ts';
import { passCanary } from './proving.ts';
import { waitsForAll } from './strategy.ts';
import type { Effect, Event, Machine, Operation, Worker } from './types.ts';

const WORDS: Readonly<Record<ControlAction, string>> = {
  abort: 'aborted',
  pause: 'paused',
  resume: 'resumed',
  finish: 'draining cut short',
};

/** What was done to a rollout, and by whom: `paused by deploy (zdm pause api)`. */
export function controlWords(action: ControlAction, by: string | null): string {
  return by === null ? WORDS[action] : `${WORDS[action]} by ${by}`;
}

/** The operation that `action` would change; null when there is nothing of that kind to do. */
export function controllable({ operation, workers, latest }: Machine, action: ControlAction): string | null {
  // What still drains is the consequence of what came last, also when that is over.
  if (action === 'finish') return workers.some(atLeisure) ? latest : null;
  if (!operation) return null;
  const { op } = operation.request;
  // What goes back already needs nobody to steer it.
  if (operation.returning) return null;
  const waits = operation.slots.some(
    ({ phase }) => phase === 'waiting' || (phase === 'starting' && waitsForAll(operation)),
  );
  switch (action) {
    // Without anything that served before there is nothing to go back to; that is for `stop`.
    case 'abort':
      return operation.protects && !allDone(operation) ? op : null;
    case 'pause':
      return waits && !operation.paused ? op : null;
    case 'resume':
      return operation.paused || operation.canary?.verdict === 'inconclusive' ? op : null;
  }
}

/** Does what a person asked, where there is anything to do. */
export function applyControl(machine: Machine, event: Extract<Event, { type: 'control' }>, effects: Effect[]): void {
  const { action, by, at } = event;
  if (controllable(machine, action) === null) return;
  switch (action) {
    case 'abort':
      return void failOperation(machine, { slot: null, worker: null, reason: controlWords(action, by) }, at, effects);
    case 'pause':
      Object.assign(machine.operation!, { paused: true, pausedAt: at });
      return;
    case 'resume':
      return resume(machine.operation!, controlWords(action, by), at);
    case 'finish':
      for (const worker of machine.workers) if (atLeisure(worker)) stopWorker(machine, worker, at, effects);
  }
}

/** The time of a pause is nobody's fault. A canary without a verdict is let pass by this. */
function resume(operation: Operation, by: string, at: number): void {
  if (operation.canary?.verdict === 'inconclusive') passCanary(operation, by);
  if (!operation.paused) return;
  if (operation.deadline !== null) operation.deadline += at - operation.pausedAt;
  operation.paused = false;
}

function atLeisure({ stage, parting, kept }: Worker): boolean {
  return stage === 'draining' && parting === 'hand-over' && !kept;
}
