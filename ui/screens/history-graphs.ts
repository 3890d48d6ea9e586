// Past figures of an app as small graphs, and what the newest of them mean.
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { grouped, peak, sparkline } from '../paint/sparkline.ts';
import type { Tone } from '../paint/theme.ts';
import type { DashState } from '../state/state.ts';

/** What the small graphs of tables show: a minute. */
const MINUTE = 60;

/** The last minute of CPU, from nothing to all the cores that the app may use. */
export function cpuMinute({ history }: DashState, app: AppStatus, cells: number): string {
  const past = history.get(app.name);
  return past === undefined ? '' : minute(past.total.cpu, cells, past.at, fullCpu(app));
}

/** The last minute of memory, from nothing to the highest that was seen. */
export function memoryMinute({ history }: DashState, app: AppStatus, cells: number): string {
  const past = history.get(app.name);
  return past === undefined ? '' : minute(past.total.memory, cells, past.at, peak(past.total.memory));
}

/** The last minute of CPU of one worker, from nothing to a core. */
export function workerMinute({ history }: DashState, app: AppStatus, worker: number, cells: number): string {
  const past = history.get(app.name);
  const own = past?.workers.find(({ id }) => id === worker);
  return past === undefined || own === undefined ? '' : minute(own.cpu, cells, past.at, 100);
}

/** Percent of CPU that the app can use at most. */
export function fullCpu(app: AppStatus): number {
  return 100 * Math.max(1, app.wanted);
}

/** A warning over 80 % of what it can use; bad when that was over 95 % for three seconds. */
export function cpuTone({ history }: DashState, app: AppStatus): Tone {
  const values = history.get(app.name)?.total.cpu.slice(-3) ?? [];
  const share = (value: number | null): number => (value ?? 0) / fullCpu(app);
  if (values.length === 3 && values.every((value) => share(value) > 0.95)) return 'bad';
  return share(values.at(-1) ?? null) > 0.8 ? 'warn' : 'plain';
}

function minute(values: readonly (number | null)[], cells: number, at: number, max: number): string {
  return sparkline(grouped(values, cells, MINUTE / cells, at), cells, max);
}
