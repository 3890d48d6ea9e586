// Where a new worker has to listen before it can take over: new code that opens only some port, that of its health checks perhaps,
// cannot serve.
import type { App } from './app.ts';
import type { Lacking } from './bind-failure.ts';
import { isPlace } from './place-match.ts';
import type { WorkerHandle } from './worker-handle.ts';

/** Whether it listens wherever it has to. */
export function listensEverywhere(app: App, handle: WorkerHandle): boolean {
  return handle.listening.length > 0 && missing(app, handle).length === 0 && awaited(app, handle).length === 0;
}

/** What it lacks, in the words of people. */
export function lackingOf(app: App, handle: WorkerHandle): Lacking {
  const { listeners } = app.traffic;
  const keys = missing(app, handle);
  return {
    missing: keys.map((key) => listeners.placeOf(key)),
    awaited: awaited(app, handle).filter((place) => !keys.some((key) => isPlace(key, place))),
    listens: handle.listening.map((key) => listeners.placeOf(key)),
  };
}

function missing({ traffic }: App, handle: WorkerHandle): string[] {
  return traffic.missing(handle);
}

function awaited({ releases }: App, { generation, listening }: WorkerHandle): string[] {
  const { waitFor } = releases.of(generation).spec;
  return waitFor.filter((place) => !listening.some((key) => isPlace(key, place)));
}
