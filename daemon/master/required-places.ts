// Where a new worker has to listen before it can take over: new code that opens only some port, that of its health checks perhaps,
// cannot serve.
import type { Lacking } from './bind-failure.ts';
import { isPlace } from './place-match.ts';
import type { Releases } from './releases.ts';
import type { Traffic } from './traffic.ts';
import type { WorkerHandle } from './workers/worker-handle.ts';

/** What is known of an app's places. */
interface Known {
  readonly traffic: Traffic;
  readonly releases: Releases;
}

/** Whether it listens wherever it has to. */
export function listensEverywhere(app: Known, handle: WorkerHandle): boolean {
  return handle.listening.length > 0 && missing(app, handle).length === 0 && awaited(app, handle).length === 0;
}

/** What it lacks, in the words of people. */
export function lackingOf(app: Known, handle: WorkerHandle): Lacking {
  const { listeners } = app.traffic;
  const keys = missing(app, handle);
  return {
    missing: keys.map((key) => listeners.placeOf(key)),
    awaited: awaited(app, handle).filter((place) => !keys.some((key) => isPlace(key, place))),
    listens: handle.listening.map((key) => listeners.placeOf(key)),
  };
}

function missing({ traffic }: Known, handle: WorkerHandle): string[] {
  return traffic.missing(handle);
}

function awaited({ releases }: Known, { generation, listening }: WorkerHandle): string[] {
  const { waitFor } = releases.of(generation).spec;
  return waitFor.filter((place) => !listening.some((key) => isPlace(key, place)));
}
