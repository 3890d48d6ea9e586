// The rows of the logs and which of them are on the screen. Only the lines around the reader are looked at.
import type { OutputLine } from '../../daemon/protocol/model.ts';
import { rowStarts } from '../paint/output-text.ts';
import { type LogColumns, logColumns } from './log-columns.ts';
import { type Extra, extrasOf } from './log-extras.ts';
import {
  type Around,
  countOf,
  firstWhere,
  indexOf,
  lineAt,
  type LogPlace,
  type LogsState,
  numberAt,
} from './log-model.ts';

/** The logs as rows of a certain width, of which `height` are shown. */
export interface LogPage {
  readonly logs: LogsState;
  readonly extras: readonly Extra[];
  readonly columns: LogColumns;
  readonly height: number;
}

/** A row: the row `row` of the shown line `index`, or of what stands above it, which is counted from -1 upwards. */
export interface Cursor {
  readonly index: number;
  readonly row: number;
}

export type LogRow =
  | { readonly kind: 'extra'; readonly extra: Extra }
  | {
      readonly kind: 'line';
      readonly line: OutputLine;
      readonly number: number;
      /** Where this row begins and ends in the text; null: as the screen is wide. */
      readonly part: readonly [start: number, end: number] | null;
      readonly row: number;
      readonly trace: boolean;
    };

/** The rows of the terminal that the lines have: all but the header and what stands at the bottom. */
function linesHeight({ columns, rows, field = null, notice = null }: Omit<Around, 'now'>): number {
  const bar = rows >= 10 && columns >= 40 ? 1 : 0;
  const more = field !== null || notice !== null ? 1 : 0;
  return Math.max(1, rows - 1 - bar - more);
}

/** `height`: where it is not that of the whole screen. */
export function logPage(logs: LogsState, around: Omit<Around, 'now'>, height = linesHeight(around)): LogPage {
  const { apps, columns } = around;
  return { logs, extras: extrasOf(logs, apps), columns: logColumns(logs, apps, columns), height };
}

/** The first row on the screen. */
export function topOf(page: LogPage): Cursor {
  const end = endTop(page);
  if (page.logs.place === null) return end;
  const top = cursorAt(page, page.logs.place);
  return isBefore(top, end) ? top : end;
}

/** The first row when the last one stands at the bottom. */
export function endTop(page: LogPage): Cursor {
  return moved(page, { index: countOf(page.logs), row: linesOf(page, countOf(page.logs)) }, -page.height);
}

/** So many rows further, up to the ends. */
export function moved(page: LogPage, from: Cursor, by: number): Cursor {
  let { index, row } = from;
  const count = countOf(page.logs);
  for (row += by; row < -aboveOf(page, index).length && index > 0; index -= 1) {
    row += aboveOf(page, index).length + linesOf(page, index - 1);
  }
  for (; row >= linesOf(page, index) && index < count; index += 1) {
    row -= linesOf(page, index) + aboveOf(page, index + 1).length;
  }
  return { index, row: Math.max(-aboveOf(page, index).length, Math.min(row, linesOf(page, index))) };
}

/** The rows on the screen. */
export function rowsOn(page: LogPage): readonly LogRow[] {
  const rows: LogRow[] = [];
  let { index, row } = topOf(page);
  for (; index <= countOf(page.logs) && rows.length < page.height; index += 1) {
    const above = aboveOf(page, index);
    const skipped = above.length + row;
    rows.push(
      ...[...above.map((extra): LogRow => ({ kind: 'extra', extra })), ...lineRows(page, index)].slice(skipped),
    );
    row = -aboveOf(page, index + 1).length;
  }
  return rows.slice(0, page.height);
}

/** This row, as a place that stays the same when lines come and go. */
export function placeOf({ logs }: LogPage, { index, row }: Cursor): LogPlace {
  return { number: numberAt(logs, index), row };
}

export function isBefore(one: Cursor, other: Cursor): boolean {
  return one.index < other.index || (one.index === other.index && one.row < other.row);
}

function cursorAt(page: LogPage, { number, row }: LogPlace): Cursor {
  const index = indexOf(page.logs, number);
  const above = aboveOf(page, index).length;
  // Of a line that is gone, or that is shown in fewer rows now, there may be no such row.
  return { index, row: Math.max(-above, Math.min(row, Math.max(0, linesOf(page, index) - 1))) };
}

/** What stands between this line and the shown one before. Gaps between the same two lines are one. */
function aboveOf({ logs, extras }: LogPage, index: number): readonly Extra[] {
  const previous = index === 0 ? -Infinity : numberAt(logs, index - 1);
  const own = index === countOf(logs) ? Infinity : numberAt(logs, index);
  const from = firstWhere(extras.length, (at) => (extras[at]?.before ?? 0) > previous);
  const to = firstWhere(extras.length, (at) => (extras[at]?.before ?? 0) > own);
  if (to - from < 2) return extras.slice(from, to);
  const between = extras.slice(from, to);
  const count = between.reduce((total, extra) => total + (extra.kind === 'gap' ? extra.count : 0), 0);
  const others = between.filter(({ kind }) => kind !== 'gap');
  return count === 0 ? others : [...others, { kind: 'gap', before: own, count }];
}

/** How many rows the line takes; past the last line there are none. */
function linesOf(page: LogPage, index: number): number {
  const line = shownLine(page, index);
  return line === null ? 0 : page.logs.wrap ? rowStarts(line.text, textCells(page, index)).length : 1;
}

function lineRows(page: LogPage, index: number): readonly LogRow[] {
  const line = shownLine(page, index);
  if (line === null) return [];
  const own = { kind: 'line', line, number: numberAt(page.logs, index), trace: isTrace(page, index) } as const;
  if (!page.logs.wrap) return [{ ...own, part: null, row: 0 }];
  const starts = rowStarts(line.text, textCells(page, index));
  return starts.map((start, row) => ({ ...own, part: [start, starts[row + 1] ?? line.text.length], row }));
}

function textCells(page: LogPage, index: number): number {
  return isTrace(page, index) ? page.columns.trace : page.columns.text;
}

/** A line of a stack trace, below the line that it belongs to. */
function isTrace(page: LogPage, index: number): boolean {
  const line = shownLine(page, index);
  if (line === null || !/^\s/.test(line.text)) return false;
  const head = shownLine(page, index - 1);
  return (
    head !== null &&
    head.app === line.app &&
    head.slot === line.slot &&
    head.generation === line.generation &&
    head.stream === line.stream
  );
}

function shownLine({ logs }: LogPage, index: number): OutputLine | null {
  return index < 0 || index >= countOf(logs) ? null : lineAt(logs, numberAt(logs, index));
}
