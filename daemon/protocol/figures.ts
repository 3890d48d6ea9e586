// PURE: the figures of a second, put into what is known of an app, and taken out of it.
import type { AppFigures, AppStatus, WorkerFigures } from './model.ts';

const NO_FIGURES = {
  cpu: null,
  memory: null,
  connections: 0,
  requests: 0,
  lag: null,
  latency: null,
} satisfies WorkerFigures;

/** The status with these figures; workers that they do not name keep theirs. */
export function withFigures(status: AppStatus, { waiting, workers }: AppFigures): AppStatus {
  const fresh = new Map(workers.map((worker) => [worker.id, worker]));
  return { ...status, waiting, workers: status.workers.map((worker) => ({ ...worker, ...fresh.get(worker.id) })) };
}

/** What the status says beside its figures: the same as long as nothing has happened. */
export function withoutFigures(status: AppStatus): AppStatus {
  return { ...status, waiting: 0, workers: status.workers.map((worker) => ({ ...worker, ...NO_FIGURES })) };
}
