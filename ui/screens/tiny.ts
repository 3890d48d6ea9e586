// Below 40x8: what can still be said, and that the keys go on working.
import { formatAge } from '../../daemon/protocol/format.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { problemsOf, shownApps } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import type { Theme } from '../paint/theme.ts';
import { appLabel } from '../paint/label.ts';
import { type Line, lengthOf, renderLine, span } from '../paint/line.ts';
import { workersOf } from '../paint/usage.ts';
import { page } from './page.ts';

export function paintTiny(state: DashState, width: number, height: number, theme: Theme): string[] {
  const mood = state.link.phase === 'lost' ? 'stale' : 'normal';
  const foot = height < 3 ? [] : [renderLine([span(footText(width), 'muted')], width, theme)];
  const room = height - 1 - foot.length;
  const apps = worstFirst(state);
  // With a line for each app the state is said in words, else only of the selected one.
  const each = apps.length <= room;
  const items = apps.map((app) => item(app, app.name === state.selected, each || app.name === state.selected));
  const lines = (each ? items : flow(items, width)).map((line) => renderLine(line, width, theme, mood));
  return page([renderLine(headLine(state, width), width, theme)], lines, foot, height);
}

/** The worst first: one cell is enough to tell whether all is well. */
function headLine(state: DashState, width: number): Line {
  const { apps, link, now } = state;
  if (link.phase === 'lost')
    return [span('✖', 'bad'), span(' NO DAEMON', 'bad'), span(` ${formatAge(now - link.since)}`)];
  const problems = problemsOf(state).length;
  const mark = problems > 0 ? span('▲', 'warn') : span('●', link.phase === 'live' ? 'good' : 'muted');
  const { up, wanted } = workersOf(apps);
  const name = width < 14 ? '' : ' zdm';
  return [
    mark,
    span(name, 'strong'),
    span(` ${up}/${wanted} up`),
    span(state.frozen === null ? '' : '  FROZEN', 'warn'),
  ];
}

/** The selected app first, as keys act on it; then those that need a person. */
function worstFirst(state: DashState): readonly AppStatus[] {
  const troubled = new Set(problemsOf(state));
  const rank = (app: AppStatus): number => (app.name === state.selected ? 0 : troubled.has(app) ? 1 : 2);
  return shownApps(state).toSorted((a, b) => rank(a) - rank(b));
}

function item(app: AppStatus, selected: boolean, inWords: boolean): Line {
  const { text, tone } = appLabel(app);
  const word = inWords ? text.slice(text.indexOf(' ')) : '';
  return [
    span(selected ? '>' : inWords ? ' ' : ''),
    span(text.slice(0, 1), tone),
    span(` ${app.name} ${app.up}/${app.wanted}${word}`),
  ];
}

/** As many beside each other as fit; the selected one has a line for itself. */
function flow(items: readonly Line[], width: number): readonly Line[] {
  const lines: Line[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    const joined = last === undefined ? item : [...last, span('  '), ...item];
    if (last !== undefined && lines.length > 1 && lengthOf(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(item);
  }
  return lines;
}

function footText(width: number): string {
  const [long, short] = ['q quit  40x8 shows the table', 'q quit'];
  return width >= long.length ? long : short;
}
