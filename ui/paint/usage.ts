// What an app or all apps use.
import type { AppStatus, WorkerStatus } from '../../daemon/protocol/model.ts';

/** Null where no worker was measured yet; the latency is the worst. */
export interface Usage {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly connections: number;
  readonly requests: number;
  readonly latency: number | null;
}

export function usageOf(workers: readonly WorkerStatus[]): Usage {
  return {
    cpu: together(
      workers.map(({ cpu }) => cpu),
      sum,
    ),
    memory: together(
      workers.map(({ memory }) => memory),
      sum,
    ),
    connections: sum(workers.map(({ connections }) => connections)),
    requests: sum(workers.map(({ requests }) => requests)),
    latency: together(
      workers.map(({ latency }) => latency),
      (known) => Math.max(...known),
    ),
  };
}

/** Workers that serve, of those that should. A stopped app is as it should be: its workers are not missing. */
export function workersOf(apps: readonly AppStatus[]): { readonly up: number; readonly wanted: number } {
  const running = apps.filter(({ state }) => state !== 'stopped');
  return { up: sum(running.map(({ up }) => up)), wanted: sum(running.map(({ wanted }) => wanted)) };
}

/** In fork mode the app owns its ports: what comes in there is not seen. */
export function seen({ spec }: Pick<AppStatus, 'spec'>, count: number): string {
  return spec.execMode === 'fork' ? '-' : `${count}`;
}

function together(values: readonly (number | null)[], of: (known: readonly number[]) => number): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : of(known);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
