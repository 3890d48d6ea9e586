// One row of the logs as spans.
import { formatAge } from '../../daemon/protocol/format.ts';
import type { OutputLine } from '../../daemon/protocol/model.ts';
import { EMPTY, type Line, type Span, span } from '../paint/line.ts';
import { startAfter } from '../paint/output-text.ts';
import { fit, fitMiddle, fitRight } from '../paint/text.ts';
import type { Theme } from '../paint/theme.ts';
import { isoDay } from '../paint/time.ts';
import { searchPattern } from '../state/log-filter.ts';
import type { LogColumns } from '../state/log-columns.ts';
import type { Extra } from '../state/log-extras.ts';
import type { LogPage, LogRow } from '../state/log-page.ts';

type TextRow = Extract<LogRow, { kind: 'line' }>;

/** Characters of a line that are looked at when it is not wrapped: more than any screen is wide. */
const MOST_SHOWN = 2000;

export function logRow(page: LogPage, row: LogRow, now: number, theme: Theme): Line {
  if (row.kind === 'extra') return extraLine(row.extra, page.columns.words, theme);
  const { logs, columns } = page;
  const { line, number, trace } = row;
  const sign = span(number === logs.hit && row.row === 0 ? '>' : ' ');
  const pad = (cells: number): Span => span(' '.repeat(Math.max(0, cells)));
  const time = columns.time === 0 ? EMPTY : [span(`${timeText(line, page, now, theme)} `, 'muted')];
  const name = columns.name === 0 ? EMPTY : [span(`${fitMiddle(line.app, columns.name)} `)];
  const head = [...time, ...name];
  const headCells = (columns.time === 0 ? 0 : columns.time + 1) + (columns.name === 0 ? 0 : columns.name + 1);
  const text = textSpans(page, row);
  if (trace) return [sign, pad(headCells), span(fitRight('┊', columns.slot), 'muted'), span(' '), ...text];
  if (row.row > 0) return [sign, pad(headCells + columns.slot + (columns.words ? 5 : 1)), ...text];
  return [sign, ...head, ...source(line, columns), ...text];
}

/** Slot and stream: `1 out ` or, in little room, `1!`. */
function source({ slot, stream }: OutputLine, { slot: cells, words }: LogColumns): Line {
  const tone = stream === 'err' ? 'warn' : 'muted';
  const place = `${slot ?? ''}`.padStart(cells);
  return [span(place), words ? span(` ${stream} `, tone) : span(stream === 'err' ? '!' : ' ', tone)];
}

function timeText({ at }: OutputLine, { logs, columns }: LogPage, now: number, theme: Theme): string {
  if (at === null) return fit('', columns.time);
  const clock = theme.clock(at);
  switch (logs.time) {
    case 'age':
      return fitRight(formatAge(now - at), columns.time);
    case 'date':
      return `${isoDay(new Date(at))} ${clock}`;
    case 'clock':
    case 'none':
      return fit(`${clock}.${`${at % 1000}`.padStart(3, '0')}`.slice(0, columns.time), columns.time);
  }
}

/** The part of the text that is on this row, with what the search found in it. */
function textSpans({ logs }: LogPage, { line, part }: TextRow): Line {
  const text = part === null ? line.text.slice(0, logs.shift * 2 + MOST_SHOWN) : line.text;
  const { at, pad } = part === null ? startAfter(text, logs.shift) : { at: part[0], pad: '' };
  const end = part === null ? text.length : part[1];
  const spans: Span[] = [span(pad)];
  let from = at;
  const pattern = searchPattern(logs.search);
  for (const match of pattern === null ? [] : text.matchAll(pattern)) {
    const start = Math.max(from, match.index);
    const stop = Math.min(end, match.index + match[0].length);
    if (match.index >= end) break;
    if (stop <= start) continue;
    spans.push(span(text.slice(from, start)), span(text.slice(start, stop), 'hit'));
    from = stop;
  }
  return [...spans, span(text.slice(from, end))];
}

/** As far as it reaches over the screen the line says what it is, or how much is missing. */
function extraLine(extra: Extra, roomy: boolean, theme: Theme): Line {
  if (extra.kind === 'gap') {
    const lines = extra.count === 1 ? '1 line' : `${extra.count.toLocaleString('en')} lines`;
    return [span(` … ${lines} skipped in view, all are in the file`, 'muted')];
  }
  const text = extra.kind === 'mark' ? 'mark' : extra.text;
  const rule = (extra.kind === 'mark' ? '─' : '═').repeat(roomy ? 12 : 4);
  const tone = extra.kind === 'mark' ? 'strong' : extra.tone;
  return [span(` ${rule} ${theme.clock(extra.at)} ${text} ${rule}`, tone)];
}
