// What is derived from the state for showing: order, rows, sums, which operation to show.
import type { AppStatus, OperationStatus, WorkerStatus } from '../../daemon/protocol/model.ts';
import type { Place } from '../keys.ts';
import type { DashState, SortKey } from './state.ts';

/** An ended operation stays in the overview this long; in the app view for ever. */
const LINGER_MS = 120_000;

/** One line of the overview's table. */
export type Row =
  | { readonly kind: 'app'; readonly app: AppStatus }
  | { readonly kind: 'worker'; readonly app: AppStatus; readonly worker: WorkerStatus; readonly last: boolean };

/** What an app or all apps use; null where no worker was measured yet. */
export interface Usage {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly connections: number;
}

export function placeOf(state: DashState): Place {
  return state.help ? 'help' : state.view;
}

/** In the order of the table: the biggest first for figures, ties by id. */
export function sortedApps(state: Pick<DashState, 'apps' | 'sort'>): readonly AppStatus[] {
  const compare = ORDERS[state.sort];
  return state.apps.toSorted((a, b) => compare(a, b) || a.id - b.id);
}

export function rowsOf(state: DashState): readonly Row[] {
  return sortedApps(state).flatMap((app): Row[] => {
    if (state.collapsed.has(app.name)) return [{ kind: 'app', app }];
    const workers = sortedWorkers(app);
    const rows = workers.map((worker, at): Row => ({ kind: 'worker', app, worker, last: at === workers.length - 1 }));
    return [{ kind: 'app', app }, ...rows];
  });
}

/** By slot; in a slot the newest last, so that a replacement stands below what it replaces. */
export function sortedWorkers(app: AppStatus): readonly WorkerStatus[] {
  return app.workers.toSorted((a, b) => a.slot - b.slot || a.id - b.id);
}

export function selectedApp(state: DashState): AppStatus | null {
  return state.apps.find((app) => app.name === state.selected) ?? null;
}

/** The cursor of the worker table, inside the workers that there are now. */
export function clampedWorker(state: DashState): number {
  return Math.max(0, Math.min(state.worker, (selectedApp(state)?.workers.length ?? 0) - 1));
}

export function usageOf(workers: readonly WorkerStatus[]): Usage {
  return {
    cpu: sum(workers.map((worker) => worker.cpu)),
    memory: sum(workers.map((worker) => worker.memory)),
    connections: sum(workers.map((worker) => worker.connections)) ?? 0,
  };
}

/** The operation that runs on an app now. */
export function runningOperation(app: AppStatus): OperationStatus | null {
  return app.operations.find((operation) => operation.phase === 'running') ?? null;
}

/** The operation worth showing: the running one, else the last that ended, else one that waits. */
export function latestOperation(app: AppStatus): OperationStatus | null {
  const ended = app.operations.filter((operation) => operation.endedAt !== null);
  return runningOperation(app) ?? ended.at(-1) ?? app.operations.at(-1) ?? null;
}

/** The rollout area of the overview: the selected app's operation, else one that runs elsewhere. */
export function shownRollout(state: DashState): { app: AppStatus; operation: OperationStatus } | null {
  const selected = selectedApp(state);
  const own = selected === null ? null : latestOperation(selected);
  if (selected !== null && own !== null && (own.endedAt === null || state.now - own.endedAt < LINGER_MS)) {
    return { app: selected, operation: own };
  }
  for (const app of state.apps) {
    const operation = runningOperation(app);
    if (operation !== null) return { app, operation };
  }
  return null;
}

/** The selected app when it does not run and its last operation has nothing to do with that. */
export function appInTrouble(state: DashState): AppStatus | null {
  const app = selectedApp(state);
  if (app === null || app.lastExit === null || (app.state !== 'backoff' && app.state !== 'errored')) return null;
  const operation = latestOperation(app);
  const isOld = operation === null || (operation.endedAt !== null && operation.endedAt < app.lastExit.at);
  return isOld && operation?.phase !== 'failed' ? app : null;
}

/** Apps that need a person, in the order of the table. */
export function problemsOf(state: DashState): readonly AppStatus[] {
  return sortedApps(state).filter(
    ({ state: word }) => word === 'backoff' || word === 'errored' || word === 'unreachable',
  );
}

const ORDERS: Record<SortKey, (a: AppStatus, b: AppStatus) => number> = {
  id: () => 0,
  name: (a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)),
  cpu: (a, b) => (usageOf(b.workers).cpu ?? -1) - (usageOf(a.workers).cpu ?? -1),
  memory: (a, b) => (usageOf(b.workers).memory ?? -1) - (usageOf(a.workers).memory ?? -1),
  restarts: (a, b) => b.restarts - a.restarts,
};

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
