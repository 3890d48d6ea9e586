// Every app as a row of a table, its workers below it where the user wants to see them.
import { type Row, rowsOf, shownApps } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import { fit, fitMiddle, widthOf } from '../paint/text.ts';
import type { Mood, Theme } from '../paint/theme.ts';
import { appCells, type Layout, layoutFor, titleCells, workerCells } from './columns.ts';
import { headerLines, problemLine, sums } from './header.ts';
import { cpuMinute, memoryMinute } from './history-graphs.ts';
import { apart, EMPTY, type Line, renderLine, renderLines, span } from '../paint/line.ts';
import { page, rangeText, windowFrom } from './page.ts';
import { fitting, waitWords } from './waits.ts';

/** Rows of the terminal from which on blank lines set the parts apart, and a foot counts. */
const ROOMY_ROWS = 29;
const FOOT_ROWS = 19;

export function paintOverview(state: DashState, width: number, height: number, theme: Theme): string[] {
  const trouble = problemLine(state, width);
  const head = headerLines(state, width, height, theme, sums(state, width, height, theme), trouble);
  const top = (height >= ROOMY_ROWS ? [...head, EMPTY] : head).map((line) => renderLine(line, width, theme));
  const rows = rowsOf(state);
  const mood = state.link.phase === 'lost' ? 'stale' : 'normal';
  if (rows.length === 0) {
    const words = state.apps.length > 0 ? noneShown(state) : state.link.phase === 'live' ? noApps(height) : [];
    return page(
      top,
      renderLines(words, width, theme),
      renderLines(footLines(state, width, height, ''), width, theme),
      height,
    );
  }
  const hasFoot = footLines(state, width, height, ' ').length;
  const room = Math.max(0, height - top.length - hasFoot - 1);
  const from = firstRow(state, rows, room);
  const shown = rows.slice(from, from + room);
  const foot = footLines(state, width, height, rangeText(from, shown.length, rows.length));
  return page(top, tableRows(state, shown, width, theme, mood), renderLines(foot, width, theme), height);
}

/** The selected app and, as far as there is room, its workers are seen. */
function firstRow(state: DashState, rows: readonly Row[], room: number): number {
  const cursor = rows.findIndex((row) => row.kind === 'app' && row.app.name === state.selected);
  const own = rows.filter(({ app }) => app.name === state.selected).length;
  return windowFrom(rows.length, Math.max(0, cursor), own, room);
}

function tableRows(state: DashState, rows: readonly Row[], width: number, theme: Theme, mood: Mood): string[] {
  const layout = layoutFor(width, Math.max(...state.apps.map(({ name }) => widthOf(name))));
  return [
    renderLine(titleLine(layout, state), width, theme, mood),
    ...rows.map((row) => {
      if (row.kind === 'worker') return renderLine(workerLine(state, row, layout), width, theme, mood);
      const selected = row.app.name === state.selected;
      return renderLine(
        appLine(state, row.app, layout),
        width,
        theme,
        selected && mood !== 'stale' ? 'selected' : mood,
      );
    }),
  ];
}

function titleLine(layout: Layout, state: DashState): Line {
  const mark = state.sort === 'name' ? (state.reverse ? '▴' : '▾') : '';
  const [cpu, memory] = layout.graphs;
  return [
    span('  '),
    span(fit(`APP${mark}`, layout.nameCells), 'muted'),
    ...titleCells(layout, state),
    span(cpu > 0 ? `  ${fit('CPU 60s', cpu)}` : '', 'muted'),
    span(memory > 0 ? '  MEM 60s' : '', 'muted'),
  ];
}

function appLine(state: DashState, app: (typeof state.apps)[number], layout: Layout): Line {
  const selected = app.name === state.selected;
  const marked = state.marked.has(app.name);
  const [cpu, memory] = layout.graphs;
  const past = state.history.has(app.name) && cpu > 0;
  return [
    span(selected ? '>' : marked ? '✓' : ' '),
    span(selected && marked ? '✓' : ' '),
    span(fitMiddle(app.name, layout.nameCells)),
    ...appCells(layout, app, state),
    ...(past
      ? [span(`  ${cpuMinute(state, app, cpu)}`, 'graph'), span(`  ${memoryMinute(state, app, memory)}`, 'shade')]
      : []),
  ];
}

function workerLine(state: DashState, row: Extract<Row, { kind: 'worker' }>, layout: Layout): Line {
  const { app, worker, last } = row;
  // Where there is no graph, the state says how much time is left.
  const room = layout.graphs[0] > 0 ? layout.restCells - 2 : 0;
  const words = `  ${fitting(waitWords(worker, app, state.now), room)}`;
  const full = `${worker.slot} pid ${worker.pid}`;
  const name = full.length + 2 <= layout.nameCells ? full : `${worker.slot} ${worker.pid}`;
  return [
    span(`  ${last ? '└' : '├'} `, 'muted'),
    span(fit(name, Math.max(0, layout.nameCells - 2))),
    ...workerCells(layout, app, worker, state),
    span(words, 'muted'),
  ];
}

/** What is marked and filtered, and at the right which rows are seen. */
function footLines(state: DashState, width: number, height: number, range: string): readonly Line[] {
  const { marked, filter } = state;
  const parts = [
    marked.size > 0 ? `${marked.size} marked` : '',
    filter === '' ? '' : `filter "${filter}": ${shownApps(state).length} of ${state.apps.length} apps`,
  ].filter((part) => part !== '');
  if (height < 9 || (parts.length === 0 && height < FOOT_ROWS)) return [];
  return [apart([span(` ${parts.join('  ')}`)], [span(width >= 60 ? `${range} ` : '', 'muted')], width)];
}

function noneShown({ filter }: DashState): readonly Line[] {
  return [[span(` No app has "${filter}" in its name or state.  esc takes the filter back`, 'muted')]];
}

/** What to type first, where a first look at zdm ends up. */
function noApps(height: number): readonly Line[] {
  const lines: readonly Line[] = [
    [span(' No apps yet. Start one from a shell, and it shows up here:')],
    EMPTY,
    [span('   zdm start app.js --name api', 'strong')],
    [span('   zdm start app.js --name api -i max', 'strong'), span('   one worker for each core', 'muted')],
    EMPTY,
    [span(' It goes on running when you leave this screen.', 'muted')],
  ];
  return height < 12 ? [lines[0]!, lines[2]!] : [EMPTY, ...lines];
}
