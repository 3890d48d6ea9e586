// The workers of the app screen as a table.
import { formatAge } from '../../daemon/protocol/format.ts';
import type { AppStatus, WorkerStatus } from '../../daemon/protocol/model.ts';
import { workerLabel } from '../paint/label.ts';
import { type Line, renderLine, type Span, span } from '../paint/line.ts';
import { fit, fitRight } from '../paint/text.ts';
import type { Mood, Theme } from '../paint/theme.ts';
import { sortedWorkers } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import { bytes, milliseconds, percent } from './columns.ts';
import { workerMinute } from './history-graphs.ts';
import { seen } from '../paint/usage.ts';
import { paintRow, seenRows } from './pane.ts';
import { fitting, waitWords } from './waits.ts';

interface Column {
  readonly title: string;
  readonly cells: number;
  /** From this width of the screen on it is there. */
  readonly from: number;
  readonly text: (worker: WorkerStatus, app: AppStatus, now: number) => string;
}

const SLOT_CELLS = 5;
const STATE_CELLS = 18;

const COLUMNS: readonly Column[] = [
  { title: 'PID', cells: 8, from: 50, text: ({ pid }) => String(pid) },
  { title: 'GEN', cells: 6, from: 40, text: ({ generation }) => `g${generation}` },
  { title: 'CPU', cells: 6, from: 60, text: ({ cpu }) => percent(cpu) },
  { title: 'MEM', cells: 7, from: 60, text: ({ memory }) => bytes(memory) },
  { title: 'LAG', cells: 8, from: 76, text: ({ lag }) => milliseconds(lag) },
  { title: 'P95', cells: 8, from: 120, text: ({ latency }) => milliseconds(latency) },
  { title: 'CONNS', cells: 8, from: 80, text: ({ connections }, app) => seen(app, connections) },
  { title: 'REQS', cells: 9, from: 90, text: ({ requests }, app) => seen(app, requests) },
  { title: 'UP', cells: 7, from: 40, text: ({ startedAt }, _, now) => formatAge(now - startedAt) },
];

/** Cells of the graph of a worker; all divide a minute. */
const GRAPHS = [60, 30, 20, 15, 12, 10];

/** At most `height` rows: titles, and the workers around the cursor. */
export function workerRows(
  state: DashState,
  app: AppStatus,
  cursor: number | null,
  width: number,
  height: number,
  theme: Theme,
  mood: Mood,
): string[] {
  const workers = sortedWorkers(app);
  const columns = COLUMNS.filter(({ from }) => width >= from);
  const rest = width - SLOT_CELLS - STATE_CELLS - columns.reduce((total, { cells }) => total + cells, 0) - 2;
  const graph = GRAPHS.find((cells) => cells <= rest) ?? 0;
  const titles = [
    span(`${fitRight('#', SLOT_CELLS - 1)} ${fit('STATE', STATE_CELLS)}`, 'muted'),
    span(columns.map(({ title, cells }) => fitRight(title, cells)).join(''), 'muted'),
    span(graph > 0 ? '  CPU 60s' : '', 'muted'),
  ];
  const at = cursor === null ? null : Math.min(cursor, workers.length - 1);
  const rows = seenRows(workers.length, at, height - 1).map((row) => {
    const worker = workers[row]!;
    const line: Line = [
      span(`${row === at ? '>' : ' '}${fitRight(String(worker.slot), SLOT_CELLS - 2)} `),
      stateCell(worker, rest, state.now),
      span(columns.map(({ cells, text }) => fitRight(text(worker, app, state.now), cells)).join('')),
      tail(state, app, worker, graph, rest),
    ];
    return paintRow(line, width, theme, mood, row === at);
  });
  return height < 1 ? [] : [renderLine(titles, width, theme, mood), ...rows];
}

/** The time that is left stands in the state where no words behind the figures say it. */
function stateCell(worker: WorkerStatus, rest: number, now: number): Span {
  const { text, tone } = workerLabel(rest >= WORDS_CELLS ? { ...worker, deadline: null } : worker, now);
  return span(fit(` ${text}`, STATE_CELLS), tone);
}

/** Room for `9 conns, 24s left`. */
const WORDS_CELLS = 17;

/** What a worker in between waits for; how much CPU one used that serves. */
function tail(state: DashState, app: AppStatus, worker: WorkerStatus, graph: number, rest: number): Span {
  if (worker.stage !== 'online' && rest >= WORDS_CELLS)
    return span(`  ${fitting(waitWords(worker, app, state.now), rest)}`);
  return span(graph > 0 ? `  ${workerMinute(state, app, worker.id, graph)}` : '', 'graph');
}
