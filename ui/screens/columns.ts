// The columns of the overview and which of them a width has room for.
import { formatAge, formatBytes, formatPercent } from '../../daemon/protocol/format.ts';
import type { AppStatus, WorkerStatus } from '../../daemon/protocol/model.ts';
import { runningOperation } from '../paint/operation.ts';
import { seen, usageOf } from '../paint/usage.ts';
import type { DashState, SortKey } from '../state/state.ts';
import { fit, fitRight } from '../paint/text.ts';
import { appLabel, workerLabel } from '../paint/label.ts';
import { type Span, span } from '../paint/line.ts';
import { cpuTone } from './history-graphs.ts';

interface Column {
  readonly title: string;
  readonly sort: SortKey | null;
  /** Cells, with the gap at the left. */
  readonly cells: number;
  /** From this width of the screen on it is there. State and ready never go. */
  readonly from: number;
  readonly left?: true;
  app(app: AppStatus, state: DashState): Span;
  worker(worker: WorkerStatus, state: DashState, app: AppStatus): Span;
}

const COLUMNS: readonly Column[] = [
  { title: 'STATE', sort: 'state', cells: 16, from: 0, left: true, app: stateCell, worker: stageCell },
  { title: 'READY', sort: null, cells: 6, from: 0, app: (app) => span(`${app.up}/${app.wanted}`), worker: nothing },
  {
    title: 'GEN',
    sort: null,
    cells: 6,
    from: 80,
    app: (app) => span(generations(app)),
    worker: (worker) => gen(worker.generation),
  },
  {
    title: 'CPU',
    sort: 'cpu',
    cells: 7,
    from: 60,
    app: (app, state) => span(percent(usageOf(app.workers).cpu), cpuTone(state, app)),
    worker: (worker) => span(percent(worker.cpu)),
  },
  {
    title: 'MEM',
    sort: 'memory',
    cells: 6,
    from: 60,
    app: (app) => span(bytes(usageOf(app.workers).memory)),
    worker: (worker) => span(bytes(worker.memory)),
  },
  {
    title: 'LAG',
    sort: null,
    cells: 8,
    from: 140,
    app: (app) => span(milliseconds(worstLag(app.workers))),
    worker: (worker) => span(milliseconds(worker.lag)),
  },
  {
    title: 'CONNS',
    sort: null,
    cells: 8,
    from: 140,
    app: (app) => span(seen(app, usageOf(app.workers).connections)),
    worker: (worker, _, app) => span(seen(app, worker.connections)),
  },
  {
    title: 'RST',
    sort: 'restarts',
    cells: 5,
    from: 60,
    app: (app) => span(String(app.restarts), app.restarts > 0 ? 'plain' : 'muted'),
    worker: nothing,
  },
  {
    title: 'UP',
    sort: 'up',
    cells: 7,
    from: 60,
    app: (app, { now }) => span(app.up === 0 ? '-' : formatAge(now - app.since)),
    worker: (worker, { now }) => span(formatAge(now - worker.startedAt)),
  },
];

/** What the cells of the state have room for. */
const STATE_CELLS = 14;
/** Names shorter than this are not cut for more columns, and graphs grow only when longer ones have their place. */
const NAME_LEAST = 14;
const NAME_MOST = 32;
/** Cells of the CPU and the memory graph; all divide a minute. */
const GRAPHS: readonly (readonly [number, number])[] = [
  [60, 60],
  [60, 30],
  [30, 30],
  [30, 20],
  [20, 20],
  [20, 15],
  [15, 12],
];

/** The columns at the right of the name. */
export interface Layout {
  readonly nameCells: number;
  readonly columns: readonly Column[];
  /** Cells of the graphs of CPU and memory; 0: not there. */
  readonly graphs: readonly [number, number];
  /** Cells at the right of the columns: room for words about a worker. */
  readonly restCells: number;
}

/** Names get what the columns leave, within reason; then the graphs do. */
export function layoutFor(width: number, longestName: number): Layout {
  const columns = COLUMNS.filter((column) => width >= column.from);
  const room = width - 2 - columns.reduce((total, column) => total + column.cells, 0);
  const wanted = Math.max(NAME_LEAST, Math.min(longestName, NAME_MOST));
  const graphs = width < 80 ? ([0, 0] as const) : graphsFor(width, room - wanted);
  const forGraphs = graphs.reduce((total, cells) => total + (cells === 0 ? 0 : cells + 2), 0);
  const most = width < 60 ? longestName : Math.max(wanted, Math.min(longestName, room - forGraphs));
  const nameCells = Math.max(0, Math.min(room - forGraphs, most));
  return { columns, nameCells, graphs, restCells: room - nameCells };
}

export function titleCells(layout: Layout, { sort, reverse }: DashState): readonly Span[] {
  const mark = reverse ? '▴' : '▾';
  return layout.columns.map((column) => {
    const title = column.sort === sort ? `${column.title}${mark}` : column.title;
    return cell(column, span(title, 'muted'));
  });
}

export function appCells(layout: Layout, app: AppStatus, state: DashState): readonly Span[] {
  return layout.columns.map((column) => cell(column, column.app(app, state)));
}

export function workerCells(layout: Layout, app: AppStatus, worker: WorkerStatus, state: DashState): readonly Span[] {
  return layout.columns.map((column) => cell(column, column.worker(worker, state, app)));
}

function graphsFor(width: number, room: number): readonly [number, number] {
  if (width < 100) return [10, 0];
  return GRAPHS.find(([cpu, memory]) => cpu + memory + 4 <= room) ?? [15, 12];
}

function cell({ cells, left }: Column, { text, tone }: Span): Span {
  return span(left ? `  ${fit(text, cells - 2)}` : ` ${fitRight(text, cells - 1)}`, tone);
}

function stateCell(app: AppStatus, { now }: DashState): Span {
  return appLabel(app, now, STATE_CELLS);
}

/** With the time that is left only where no column says what is waited for. */
function stageCell(worker: WorkerStatus, { columns, now }: DashState): Span {
  return workerLabel(columns < 80 ? worker : { ...worker, deadline: null }, now);
}

function nothing(): Span {
  return span('');
}

/** `g2`; `g1,2` after a rollout that was aborted. One that runs says it itself. */
function generations(app: AppStatus): string {
  const online = app.workers.filter(({ stage }) => stage === 'online').map(({ generation }) => generation);
  const several = runningOperation(app) === null ? [...new Set(online)].toSorted((a, b) => a - b) : [];
  const named = `g${several.join(',')}`;
  if (several.length > 1) return named.length < 6 ? named : 'mixed';
  return app.generation === 0 ? '-' : `g${app.generation}`;
}

function gen(generation: number): Span {
  return span(generation === 0 ? '-' : `g${generation}`);
}

/** `36%`; `-` when it was not measured. So with the next ones. */
export function percent(value: number | null): string {
  return value === null ? '-' : formatPercent(value);
}

export function bytes(value: number | null): string {
  return value === null ? '-' : formatBytes(value);
}

export function milliseconds(value: number | null): string {
  return value === null ? '-' : `${Math.round(value)}ms`;
}

export function worstLag(workers: readonly WorkerStatus[]): number | null {
  return workers.reduce<number | null>((worst, { lag }) => (lag !== null && lag > (worst ?? -1) ? lag : worst), null);
}
