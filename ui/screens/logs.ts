// The output of apps: where we are, what is left out of it, and the lines around the reader. They do not grow old with the
// daemon away: what was printed was printed.
import { formatAge } from '../../daemon/protocol/format.ts';
import { apart, EMPTY, type Line, renderLine, type Span, span } from '../paint/line.ts';
import { clean, widthOf } from '../paint/text.ts';
import type { Theme } from '../paint/theme.ts';
import { keepPattern } from '../state/log-filter.ts';
import { countOf, firstFrom, indexOf, type LogsState } from '../state/log-model.ts';
import { logPage, rowsOn } from '../state/log-page.ts';
import type { DashState } from '../state/state.ts';
import { silence } from './header.ts';
import { logRow } from './log-line.ts';
import { page } from './page.ts';

export function paintLogs(state: DashState, width: number, height: number, theme: Theme): string[] {
  const head = [renderLine(headLine(state, width), width, theme)];
  const { logs, apps } = state;
  const room = Math.max(0, height - head.length);
  const shown = logPage(logs, { apps, columns: width, rows: height }, room);
  const rows = rowsOn(shown).map((row) => logRow(shown, row, state.now, theme));
  const lines = countOf(logs) > 0 ? rows : [...rows, EMPTY, emptyLine(logs)];
  return page(
    head,
    lines.map((line) => renderLine(line, width, theme)),
    [],
    height,
  );
}

function headLine(state: DashState, width: number): Line {
  const crumbs = [span(crumbsText(state, width), width < 80 ? 'strong' : 'plain')];
  const first = width < 80 ? crumbs : [span('zdm', 'strong'), ...crumbs];
  const right = [placeSpan(state, width)];
  const all = filterSpans(state.logs, width, true);
  const cells = [...first, ...all, ...right].reduce((sum, { text }) => sum + widthOf(clean(text)), 1);
  // Where there is no room for all, what is as usual goes.
  return apart([...first, ...(cells <= width ? all : filterSpans(state.logs, width, false))], right, width);
}

function crumbsText({ logs, host }: DashState, width: number): string {
  const [first = 'all apps', ...others] = logs.apps;
  const whose = others.length === 0 ? first : `${logs.apps.length} apps`;
  if (width < 80) return `${whose} logs`;
  return `${width >= 100 && host !== '' ? ` ${host}` : ''} › ${whose} › logs`;
}

/** What is left out and what is looked for; `usual`: also that nothing is. */
function filterSpans(logs: LogsState, width: number, usual: boolean): readonly Span[] {
  const { stream, slot, generation, keep, search, shift } = logs;
  const gap = width < 100 ? '  ' : '   ';
  const spans: Span[] = [];
  const add = (text: string, tone: Span['tone'] = 'strong'): void => void spans.push(span(`${gap}${text}`, tone));
  if (stream !== null) add(`${stream} only`);
  else if (usual) add('out+err', 'plain');
  if (slot !== null) add(`slot ${slot}`);
  else if (usual) add(width < 80 ? 'all' : 'workers all', 'plain');
  if (generation !== null) add(`g${generation} only`);
  if (shift > 0) add(`→${shift}`, 'plain');
  if (keep !== '') {
    const broken = keepPattern(keep) === 'broken';
    add(`&${keep}${broken ? '  not a pattern' : ''}`, broken ? 'bad' : 'strong');
  }
  if (search !== '') add(`/${search}  ${hitsText(logs)}`);
  return spans;
}

function hitsText({ hits, hit }: LogsState): string {
  if (hits.length === 0) return 'no match';
  if (hit !== null) return `${firstFrom(hits, hit) + 1} of ${hits.length}`;
  return hits.length === 1 ? '1 match' : `${hits.length} matches`;
}

function placeSpan(state: DashState, width: number): Span {
  const { link, logs, now } = state;
  if (link.phase === 'lost') return span(`NO DAEMON ${formatAge(now - link.since)}`, 'bad');
  const silent = silence(state);
  if (silent > 0) return span(`silent ${formatAge(silent)}`, 'warn');
  if (logs.place === null) return span('following', 'good');
  const more = countOf(logs) - indexOf(logs, logs.seen);
  return span(more === 0 ? 'PAUSED' : `PAUSED +${more}${width < 60 ? '' : ' new'}`, 'warn');
}

function emptyLine(logs: LogsState): Line {
  if (!logs.heard) return [span(' Asking for the output …', 'muted')];
  const [first] = logs.apps;
  if (logs.lines.length === 0)
    return [span(logs.apps.length === 1 ? ` ${first} has printed nothing yet.` : ' Nothing was printed yet.')];
  const left = logs.lines.length === 1 ? '1 line is' : `${logs.lines.length.toLocaleString('en')} lines are`;
  return [span(` ${left} left out (keys & a s)`)];
}
