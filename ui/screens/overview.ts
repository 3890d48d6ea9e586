// Every app with its workers, and below the operation that matters now.
import { appInTrouble, type Row, rowsOf, shownRollout, sortedApps } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import { fit, fitMiddle, widthOf } from '../paint/text.ts';
import type { Mood, Theme } from '../paint/theme.ts';
import { appCells, type Layout, layoutFor, titleCells, workerCells } from './columns.ts';
import { exitLines } from './exit.ts';
import { headerLines, noticeLine, problemLine, sums } from './header.ts';
import { apart, type Line, renderLine, span } from '../paint/line.ts';
import { rolloutLines } from './rollout.ts';
import { page, windowFrom } from './page.ts';

export function paintOverview(state: DashState, width: number, height: number, theme: Theme): string[] {
  const head = headerLines(state, width, height, theme, sums(state, width), problemLine(state));
  const foot = height < 10 ? [] : [footLine(state, width)];
  const rollout = rolloutArea(
    state,
    width,
    height < 10 ? 0 : Math.floor((height - head.length - foot.length) / 2),
    theme,
  );
  const room = height - head.length - foot.length - rollout.length;
  const mood = state.link.phase === 'lost' ? 'stale' : 'normal';
  const top = head.map((line) => renderLine(line, width, theme));
  const bottom = [
    ...rollout.map((line) => renderLine(line, width, theme, mood)),
    ...foot.map((line) => renderLine(line, width, theme)),
  ];
  return page(top, tableRows(state, width, room, theme, mood), bottom, height);
}

function tableRows(state: DashState, width: number, height: number, theme: Theme, mood: Mood): string[] {
  const rows = rowsOf(state);
  if (rows.length === 0) return state.link.phase === 'live' ? [renderLine(NO_APPS, width, theme)] : [];
  const layout = layoutFor(width, Math.max(...rows.map(({ app }) => widthOf(app.name))));
  const cursor = rows.findIndex((row) => row.kind === 'app' && row.app.name === state.selected);
  const own = rows.filter(({ app }) => app.name === state.selected).length;
  const from = windowFrom(rows.length, cursor, own, height - 1);
  const title = [span('  '), span(fit('APP', layout.nameCells)), ...titleCells(layout, state.sort)];
  return [
    renderLine(title, width, theme, mood === 'stale' ? mood : 'normal'),
    ...rows.slice(from, from + Math.max(0, height - 1)).map((row) => {
      const selected = row.kind === 'app' && row.app.name === state.selected;
      const line = [span(selected ? '> ' : '  '), ...cells(row, layout, state.now)];
      return renderLine(line, width, theme, mood === 'stale' ? mood : selected ? 'selected' : 'normal');
    }),
  ];
}

const NO_APPS: Line = [span(' No apps. Start one: zdm start app.js')];

function cells(row: Row, layout: Layout, now: number): Line {
  if (row.kind === 'app') return [span(fitMiddle(row.app.name, layout.nameCells)), ...appCells(layout, row.app, now)];
  const pid = layout.nameCells < 16 ? '' : 'pid ';
  const branch = `${row.last ? '└' : '├'} ${row.worker.slot} ${pid}${row.worker.pid}`;
  return [span(fit(branch, layout.nameCells), 'muted'), ...workerCells(layout, row.app, row.worker, now)];
}

/** What the selected app is about: why it is in trouble, else its operation, else one that runs elsewhere. */
function rolloutArea(state: DashState, width: number, height: number, theme: Theme): readonly Line[] {
  if (height < 2) return [];
  const rule: Line = [span('─'.repeat(width), 'muted')];
  const troubled = appInTrouble(state);
  if (troubled !== null) return [rule, ...exitLines(troubled, theme)].slice(0, height);
  const shown = shownRollout(state);
  if (shown === null) return [];
  return [rule, ...rolloutLines(shown.app, shown.operation, width, Math.min(height - 1, 14), state.now, theme)];
}

function footLine(state: DashState, width: number): Line {
  const { apps, selected } = state;
  const place = sortedApps(state).findIndex((app) => app.name === selected) + 1;
  const count = apps.length > 0 && width >= 60 ? [span(`${place} of ${apps.length} `, 'muted')] : [];
  return apart(noticeLine(state), count, width);
}
