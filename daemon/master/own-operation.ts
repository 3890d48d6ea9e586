import { randomUUID } from 'node:crypto';
import type { MasterOperation } from '../protocol/master-contract.ts';
import { masterOperation } from '../protocol/master-operation.ts';
import type { OperationKind } from '../protocol/model.ts';
import type { Loop } from './loop.ts';
import { HealthWatch } from './health-watch.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';

/** What is asked of an app from within. */
interface Asked {
  operate(operation: MasterOperation): number;
}

/** An app whose workers are looked after. */
interface LookedAfter extends Asked {
  readonly loop: Loop;
  readonly handles: ReadonlyMap<number, WorkerHandle>;
}

/** Has the app do what no client asked for: a signal did, or a limit. `by` says which; `slot` is that of a `replace`. */
export function ownOperation(app: Asked, kind: OperationKind, by: string, slot: number | null = null): void {
  app.operate(masterOperation(kind, randomUUID(), { slot, by }));
}

/**
 * Has a worker replaced that is not as it should be; not while something else runs, which may replace it anyway. True when it
 * is. `fault` says it of the worker.
 */
export function replaceFaulty(app: LookedAfter, { id, slot }: WorkerHandle, why: string, fault = why): boolean {
  // One that is on trial with new code ends that trial.
  app.loop.dispatch({ type: 'exceeded', worker: id, why: fault });
  const { operation, queue, workers } = app.loop.machine;
  const stage = workers.find((worker) => worker.id === id)?.stage;
  // The trial may have been all that ran, and what serves in its slot now has no fault.
  const isLeaving = stage !== 'starting' && stage !== 'online';
  if (isLeaving || operation || queue.length > 0) return false;
  ownOperation(app, 'replace', `zdm (${why})`, slot);
  return true;
}

/** Asks the app's workers how they are, and does what follows from it. */
export function watchHealth(app: LookedAfter): HealthWatch {
  return new HealthWatch({
    checked: (worker, healthy, why) => app.loop.dispatch({ type: 'checked', worker, healthy, why }),
    failed: (worker, why) => {
      const handle = app.handles.get(worker);
      if (handle) replaceFaulty(app, handle, `failed its health check: ${why}`);
    },
  });
}
