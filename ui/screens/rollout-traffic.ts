// Connections on their way from the old workers to the new ones, and the requests meanwhile.
import type { AppHistory, AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { type Line, span } from '../paint/line.ts';
import { bringsCode } from '../paint/operation.ts';
import { peak, sparkline } from '../paint/sparkline.ts';
import { fitRight } from '../paint/text.ts';
import { usageOf } from '../paint/usage.ts';
import type { DashState } from '../state/state.ts';

/** How long after its end a rollout still shows where the connections went. */
const AFTERMATH_MS = 60_000;

/** Two lines; none where nothing is seen of connections, or nothing moves any more. */
export function trafficLines(
  state: DashState,
  app: AppStatus,
  operation: OperationStatus,
  width: number,
): readonly Line[] {
  const { kind, from, endedAt } = operation;
  const moves = (bringsCode(kind) || kind === 'restart') && from > 0 && app.spec.execMode === 'cluster';
  const drains = app.workers.some(({ stage }) => stage === 'draining');
  if (!moves || operation.phase === 'queued') return [];
  if (endedAt !== null && state.now - endedAt > AFTERMATH_MS && !drains) return [];
  const past = state.history.get(app.name);
  return [connectionLine(app, operation, past, width), ...requestLines(state, app, operation, past, width)];
}

function connectionLine(app: AppStatus, { to }: OperationStatus, past: AppHistory | undefined, width: number): Line {
  const fresh = app.workers.filter(({ generation }) => generation === to);
  const old = app.workers.filter(({ generation }) => generation !== to);
  const title = width >= 100 ? ' CONNECTIONS  ' : ' CONNS  ';
  const cells = Math.max(0, Math.min(60, Math.floor((width - title.length - 26) / 2)));
  const ids = new Set(fresh.map(({ id }) => id));
  const series = connectionSeries(past, ids, cells);
  const max = peak(past?.total.connections.slice(-cells || 1) ?? []);
  const count = (workers: typeof fresh): string => fitRight(String(usageOf(workers).connections), 6);
  return [
    span(title, 'muted'),
    span('old '),
    span(sparkline(series.old, cells, max), 'leaving'),
    span(`${count(old)}   new `),
    span(sparkline(series.fresh, cells, max), 'good'),
    span(count(fresh)),
  ];
}

/** The last values of all workers, divided into those of the new ones and the rest. All series end at the same moment. */
export function connectionSeries(
  past: AppHistory | undefined,
  freshIds: ReadonlySet<number>,
  cells: number,
): { readonly old: readonly (number | null)[]; readonly fresh: readonly (number | null)[] } {
  const total = cells > 0 ? (past?.total.connections.slice(-cells) ?? []) : [];
  const own = past?.workers.filter(({ id }) => freshIds.has(id)) ?? [];
  const fresh = total.map((value, at) =>
    value === null ? null : own.reduce((sum, { connections }) => sum + (connections.at(at - total.length) ?? 0), 0),
  );
  return { old: total.map((value, at) => (value === null ? null : Math.max(0, value - (fresh[at] ?? 0)))), fresh };
}

/** While it runs; afterwards the receipt tells. */
function requestLines(
  { now }: DashState,
  app: AppStatus,
  { startedAt, endedAt, to }: OperationStatus,
  past: AppHistory | undefined,
  width: number,
): readonly Line[] {
  if (endedAt !== null || startedAt === null) return [];
  const seconds = Math.max(1, Math.ceil((now - startedAt) / 1000));
  const all = past?.total.requests.slice(-seconds).reduce<number>((sum, value) => sum + (value ?? 0), 0) ?? 0;
  const fresh = app.workers.reduce((sum, worker) => sum + (worker.generation === to ? worker.requests : 0), 0);
  const title = width >= 100 ? ' REQUESTS     ' : ' REQS   ';
  const waiting = app.waiting > 0 ? `   ${app.waiting} wait for a worker` : '';
  const since = all > 0 ? `${Math.max(all, fresh)} since it began, ` : '';
  return [[span(title, 'muted'), span(`${since}${fresh} by the new code`), span(waiting, 'warn')]];
}
