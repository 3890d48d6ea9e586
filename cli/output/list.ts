import { formatAge, formatBytes, formatPercent, plural } from '../../daemon/protocol/format.ts';
import type { AppStatus, WorkerStatus } from '../../daemon/protocol/model.ts';
import { problemOf, stateWords } from './app-words.ts';
import { cleanText } from './clean-text.ts';
import { drainLine } from './drain.ts';
import { wrap } from './fit.ts';
import type { Style } from './style.ts';
import { type Column, layTable } from './table.ts';

/** How a list is to look. `width` is Infinity where nothing is to be left out (a pipe). */
export interface ListOptions {
  readonly width: number;
  readonly now: number;
  readonly style: Style;
  /** Every column, whatever the width. */
  readonly wide?: boolean;
  readonly pids?: boolean;
}

/** `zdm list`: the table, what it had to hide, what drains, a summary, and each problem with its cause and the next step. */
export function paintList(apps: readonly AppStatus[], options: ListOptions): string[] {
  const { width, style } = options;
  if (apps.length === 0) return wrap('No apps. Start one: zdm start app.js', width);
  const columns = listColumns(options).filter(({ key }) => options.pids === true || key !== 'pids');
  const { lines, hidden } = layTable(columns, apps, options.wide === true ? Infinity : width, style);
  return [...lines, ...hiddenLines(hidden, options), '', ...drainLines(apps, options), ...summaryLines(apps, options)];
}

function listColumns({ now, style }: ListOptions): readonly Column<AppStatus>[] {
  return [
    { key: 'id', align: 'right', drop: 4, text: ({ id }) => `${id}` },
    { key: 'name', text: ({ name }) => cleanText(name), cut: { at: 'middle', to: 24 } },
    { key: 'mode', drop: 1, text: ({ spec }) => spec.execMode },
    {
      key: 'state',
      text: (app) => `${style.glyphs[stateWords(app).glyph]} ${stateWords(app).word}`,
      paint: (text, app) => style.paint(stateWords(app).meaning, text),
    },
    {
      key: 'ready',
      align: 'right',
      text: ({ up, wanted }) => `${up}/${wanted}`,
      paint: (text, app) => (problemOf(app, now) === undefined ? text : style.paint('warning', text)),
    },
    { key: 'gen', align: 'right', drop: 2, text: ({ generation }) => (generation > 0 ? `g${generation}` : '-') },
    { key: 'cpu', align: 'right', drop: 7, text: ({ workers }) => sumOf(workers, 'cpu', formatPercent) },
    { key: 'mem', align: 'right', drop: 8, text: ({ workers }) => sumOf(workers, 'memory', formatBytes) },
    { key: 'rst', align: 'right', drop: 6, text: ({ restarts }) => `${restarts}` },
    { key: 'up', align: 'right', drop: 5, text: (app) => (app.up > 0 ? formatAge(now - app.since) : '-') },
    { key: 'port', drop: 3, text: ({ listeners }) => listText(listeners), cut: { at: 'middle', to: 24 } },
    { key: 'pids', text: ({ workers }) => listText(workers.map(({ pid }) => `${pid}`)), cut: { at: 'end', to: 20 } },
  ];
}

function listText(items: readonly string[]): string {
  return items.length === 0 ? '-' : items.map(cleanText).join(',');
}

// A dash, not 0, where nothing was measured yet.
function sumOf(workers: readonly WorkerStatus[], key: 'cpu' | 'memory', format: (value: number) => string): string {
  const known = workers.map((worker) => worker[key]).filter((value) => value !== null);
  return known.length === 0 ? '-' : format(known.reduce((sum, value) => sum + value, 0));
}

function hiddenLines(hidden: readonly string[], { width, style }: ListOptions): string[] {
  if (hidden.length === 0) return [];
  const text = `hidden here: ${hidden.join(', ')}. Show: zdm list --wide`;
  return wrap(text, width, '  ').map((line) => style.paint('quiet', line));
}

function drainLines(apps: readonly AppStatus[], { width, now, style }: ListOptions): string[] {
  const lines = apps.map((app) => drainLine(app, now)).filter((line) => line !== undefined);
  return lines.flatMap((line) => wrap(line, width, '  ')).map((line) => style.paint('leaving', line));
}

function summaryLines(apps: readonly AppStatus[], { width, now, style }: ListOptions): string[] {
  // A stopped app is as it should be: its workers are not missing.
  const running = apps.filter(({ state }) => state !== 'stopped');
  const up = running.reduce((sum, app) => sum + app.up, 0);
  const wanted = running.reduce((sum, app) => sum + app.wanted, 0);
  const stopped = running.length === apps.length ? '' : ` (${apps.length - running.length} stopped)`;
  const problems = apps.map((app) => problemOf(app, now)).filter((problem) => problem !== undefined);
  const online = running.length === 0 ? 'no worker' : `${up} of ${plural(wanted, 'worker')}`;
  const counts = `${plural(apps.length, 'app')}${stopped}, ${online} online.`;
  const head = problems.length === 0 ? counts : `${counts} ${plural(problems.length, 'problem')}:`;
  const causes = problems.flatMap(({ text, next }) => wrap(`  ${text}. See: ${next}`, width, '    '));
  return [...wrap(head, width), ...causes.map((line) => style.paint('warning', line))];
}
