// The columns of the overview and which of them a width has room for.
import { formatAge, formatBytes, formatPercent } from '../../daemon/protocol/format.ts';
import type { AppStatus, WorkerStatus } from '../../daemon/protocol/model.ts';
import { usageOf } from '../state/select.ts';
import type { SortKey } from '../state/state.ts';
import { fit, fitRight } from '../paint/text.ts';
import { appLabel, workerLabel } from './label.ts';
import { type Span, span } from '../paint/line.ts';

interface Column {
  readonly title: string;
  readonly sort: SortKey | null;
  /** Cells, with the gap at the left. */
  readonly cells: number;
  /** From this width of the screen on it is there. State and ready never go. */
  readonly from: number;
  readonly left?: true;
  app(app: AppStatus, now: number): Span;
  worker(worker: WorkerStatus, now: number, app: AppStatus): Span;
}

const COLUMNS: readonly Column[] = [
  { title: 'STATE', sort: null, cells: 17, from: 0, left: true, app: appLabel, worker: workerLabel },
  {
    title: 'READY',
    sort: null,
    cells: 6,
    from: 0,
    app: (app) => span(`${app.up}/${app.wanted}`),
    worker: () => span(''),
  },
  {
    title: 'GEN',
    sort: null,
    cells: 6,
    from: 80,
    app: (app) => gen(app.generation),
    worker: (worker) => gen(worker.generation),
  },
  {
    title: 'CPU',
    sort: 'cpu',
    cells: 6,
    from: 60,
    app: (app) => cpu(usageOf(app.workers).cpu),
    worker: (worker) => cpu(worker.cpu),
  },
  {
    title: 'MEM',
    sort: 'memory',
    cells: 6,
    from: 60,
    app: (app) => bytes(usageOf(app.workers).memory),
    worker: (worker) => bytes(worker.memory),
  },
  {
    title: 'CONNS',
    sort: null,
    cells: 7,
    from: 70,
    app: (app) => seen(app, usageOf(app.workers).connections),
    worker: (worker, _, app) => seen(app, worker.connections),
  },
  { title: 'RST', sort: 'restarts', cells: 5, from: 60, app: (app) => count(app.restarts), worker: () => span('') },
  { title: 'UP', sort: null, cells: 7, from: 60, app: appAge, worker: (worker, now) => age(now - worker.startedAt) },
  {
    title: 'REQS',
    sort: null,
    cells: 10,
    from: 112,
    app: (app) => seen(app, requestsOf(app)),
    worker: (worker, _, app) => seen(app, worker.requests),
  },
  {
    title: 'PORT',
    sort: null,
    cells: 18,
    from: 100,
    left: true,
    app: (app) => span(app.listeners.join(' ') || '-'),
    worker: () => span(''),
  },
];

/** The columns at the right of the name. */
export interface Layout {
  readonly nameCells: number;
  readonly columns: readonly Column[];
}

/** Names get what the columns leave, within reason. */
export function layoutFor(width: number, longestName: number): Layout {
  const columns = COLUMNS.filter((column) => width >= column.from);
  const room = width - 2 - columns.reduce((total, column) => total + column.cells, 0);
  return { columns, nameCells: Math.max(0, Math.min(room, Math.max(16, longestName))) };
}

export function titleCells(layout: Layout, sort: SortKey): readonly Span[] {
  return layout.columns.map((column) => cell(column, span(column.sort === sort ? `${column.title}▾` : column.title)));
}

export function appCells(layout: Layout, app: AppStatus, now: number): readonly Span[] {
  return layout.columns.map((column) => cell(column, column.app(app, now)));
}

export function workerCells(layout: Layout, app: AppStatus, worker: WorkerStatus, now: number): readonly Span[] {
  return layout.columns.map((column) => cell(column, column.worker(worker, now, app)));
}

function cell({ cells, left }: Column, { text, tone }: Span): Span {
  return span(left ? `  ${fit(text, cells - 2)}` : ` ${fitRight(text, cells - 1)}`, tone);
}

function gen(generation: number): Span {
  return span(generation === 0 ? '-' : `g${generation}`);
}

function cpu(value: number | null): Span {
  return span(value === null ? '-' : formatPercent(value));
}

function bytes(value: number | null): Span {
  return span(value === null ? '-' : formatBytes(value));
}

function count(value: number): Span {
  return span(String(value));
}

/** In fork mode the app owns its ports: what comes in there is not seen. */
function seen({ spec }: AppStatus, value: number): Span {
  return spec.execMode === 'fork' ? span('-') : count(value);
}

function age(ms: number): Span {
  return span(formatAge(ms));
}

function appAge(app: AppStatus, now: number): Span {
  return app.up === 0 ? span('-') : age(now - app.since);
}

function requestsOf(app: AppStatus): number {
  return app.workers.reduce((total, worker) => total + worker.requests, 0);
}
