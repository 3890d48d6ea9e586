// `zdm list`: the table, what it had to hide, what drains, a summary, and each problem with its cause and the next step.
import { formatAge, formatBytes, formatPercent, formatTook, plural } from '../../daemon/protocol/format.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { drainText } from './drain.ts';
import { appLabel } from './label.ts';
import { type Line, renderLine, span } from './line.ts';
import { byText, type Order, ORDERS } from './order.ts';
import { problemOf } from './problem.ts';
import { type Column, layTable } from './table.ts';
import { clean, wrap } from './text.ts';
import type { Theme, Tone } from './theme.ts';
import { seen, usageOf, workersOf } from './usage.ts';

/** How a list is to look. `width` is Infinity where nothing is to be left out (a pipe). */
export interface ListOptions {
  readonly width: number;
  readonly now: number;
  readonly theme: Theme;
  /** Every column there is, whole, whatever the width. */
  readonly wide?: boolean;
  readonly pids?: boolean;
  /** These columns in this order, whatever the width. */
  readonly columns?: readonly string[] | undefined;
  /** The column whose order the apps have. */
  readonly sort?: string | undefined;
}

interface ListColumn extends Column<AppStatus> {
  /** Only where it is asked for. */
  readonly extra?: true;
  readonly order?: Order;
}

const TO_24 = { at: 'middle', to: 24 } as const;

const COLUMNS: readonly ListColumn[] = [
  { key: 'id', align: 'right', drop: 4, text: ({ id }) => `${id}`, order: ORDERS.id },
  { key: 'name', text: ({ name }) => clean(name), cut: TO_24 },
  { key: 'mode', drop: 1, text: ({ spec }) => spec.execMode },
  {
    key: 'state',
    text: (app, now) => appLabel(app, now).text,
    tone: (app) => appLabel(app).tone,
    order: ORDERS.state,
  },
  {
    key: 'ready',
    align: 'right',
    text: ({ up, wanted }) => `${up}/${wanted}`,
    tone: (app, now) => (problemOf(app, now) === null ? 'plain' : 'warn'),
    order: ORDERS.ready,
  },
  {
    key: 'gen',
    align: 'right',
    drop: 2,
    text: ({ generation }) => (generation > 0 ? `g${generation}` : '-'),
    order: ORDERS.generation,
  },
  figure('cpu', 7, ({ workers }) => known(usageOf(workers).cpu, formatPercent), ORDERS.cpu),
  figure('mem', 8, ({ workers }) => known(usageOf(workers).memory, formatBytes), ORDERS.memory),
  figure('rst', 6, ({ restarts }) => `${restarts}`, ORDERS.restarts),
  figure('up', 5, (app, now) => (app.up > 0 ? formatAge(now - app.since) : '-'), ORDERS.up),
  { key: 'port', drop: 3, text: ({ listeners }) => listText(listeners), cut: TO_24 },
  { ...figure('conns', 0, (app) => seen(app, usageOf(app.workers).connections), ORDERS.connections), extra: true },
  { ...figure('reqs', 0, (app) => seen(app, usageOf(app.workers).requests), ORDERS.requests), extra: true },
  {
    ...figure('latency', 0, ({ workers }) => known(usageOf(workers).latency, formatTook), ORDERS.latency),
    extra: true,
  },
  {
    key: 'master',
    align: 'right',
    text: ({ masterPid }) => (masterPid === null ? '-' : `${masterPid}`),
    extra: true,
  },
  {
    key: 'pids',
    text: ({ workers }) => listText(workers.map(({ pid }) => `${pid}`)),
    cut: { at: 'end', to: 20 },
    extra: true,
  },
];

/** What --pids asks for. */
const PIDS: ReadonlySet<string> = new Set(['master', 'pids']);

/** The words that `sort` and `columns` understand. */
export const LIST_COLUMNS: readonly string[] = COLUMNS.map(({ key }) => key);

export function paintList(apps: readonly AppStatus[], options: ListOptions): string[] {
  const width = options.wide === true ? Infinity : options.width;
  return listLines(apps, options).map((line) => renderLine(line, width, options.theme));
}

/** Ties by id; without `sort` as they came. */
export function sortApps(apps: readonly AppStatus[], sort: string | undefined): readonly AppStatus[] {
  const column = COLUMNS.find(({ key }) => key === sort);
  if (column === undefined) return apps;
  const order = column.order ?? byText((app) => column.text(app, 0));
  return apps.toSorted((a, b) => order(a, b) || ORDERS.id(a, b));
}

function listLines(apps: readonly AppStatus[], options: ListOptions): readonly Line[] {
  const { width, now } = options;
  if (apps.length === 0) return told('No apps. Start one: zdm start app.js', width, 'plain');
  const { lines, hidden } = layTable(
    columnsOf(options),
    sortApps(apps, options.sort),
    options.wide === true ? Infinity : width,
    now,
  );
  const note = `hidden here: ${hidden.join(', ')}. Show: zdm list --wide`;
  const drains = apps.map((app) => drainText(app, now)).filter((text) => text !== null);
  return [
    ...lines,
    ...(hidden.length === 0 ? [] : told(note, width, 'muted')),
    [],
    ...drains.flatMap((text) => told(text, width, 'leaving')),
    ...summaryLines(apps, options),
  ];
}

function columnsOf({ wide, pids, columns }: ListOptions): readonly ListColumn[] {
  if (columns !== undefined) {
    const named = columns.flatMap((key) => COLUMNS.filter((column) => column.key === key));
    return named.map((column) => ({ ...column, drop: undefined }));
  }
  return COLUMNS.filter(({ key, extra }) => extra !== true || wide === true || (pids === true && PIDS.has(key)));
}

function summaryLines(apps: readonly AppStatus[], { width, now }: ListOptions): readonly Line[] {
  const running = apps.filter(({ state }) => state !== 'stopped');
  const { up, wanted } = workersOf(apps);
  const stopped = running.length === apps.length ? '' : ` (${apps.length - running.length} stopped)`;
  const problems = apps.map((app) => problemOf(app, now)).filter((problem) => problem !== null);
  const online = running.length === 0 ? 'no worker' : `${up} of ${plural(wanted, 'worker')}`;
  const counts = `${plural(apps.length, 'app')}${stopped}, ${online} online.`;
  const head = problems.length === 0 ? counts : `${counts} ${plural(problems.length, 'problem')}:`;
  return [
    ...told(head, width, 'plain', ''),
    ...problems.flatMap(({ text, next }) => told(`  ${text}. See: ${next}`, width, 'warn', '    ')),
  ];
}

function told(text: string, width: number, tone: Tone, indent = '  '): readonly Line[] {
  return wrap(text, width, indent).map((line) => [span(line, tone)]);
}

function figure(key: string, drop: number, text: ListColumn['text'], order: Order): ListColumn {
  return { key, align: 'right', drop, text, order };
}

function listText(items: readonly string[]): string {
  return items.length === 0 ? '-' : items.map((item) => clean(item)).join(',');
}

// A dash, not 0, where nothing was measured yet.
function known(value: number | null, format: (value: number) => string): string {
  return value === null ? '-' : format(value);
}
