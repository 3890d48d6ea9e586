// Columns side by side in a given width: some are cut, some left out.
import { type Line, type Span, span } from './line.ts';
import { cutEnd, cutMiddle, widthOf } from './text.ts';
import type { Tone } from './theme.ts';

/** One column: what it shows of a row, and what happens to it when there is not enough room. */
export interface Column<Row> {
  readonly key: string;
  readonly align?: 'right';
  /** Clean text. */
  text(row: Row, now: number): string;
  tone?(row: Row, now: number): Tone;
  /** Columns with a lower number are left out first; those without stay. */
  readonly drop?: number;
  /** The texts may be cut: `to` this width before any column is left out, to 8 when all else fails. */
  readonly cut?: { readonly at: 'middle' | 'end'; readonly to: number };
}

/** The lines of a table (header first) and the columns that had to be left out. */
export interface Table {
  readonly lines: readonly Line[];
  readonly hidden: readonly string[];
}

/** A column with its texts and the cells that it gets. */
interface Sized<Row> {
  readonly column: Column<Row>;
  readonly texts: readonly string[];
  width: number;
}

const GAP = '  ';
const NARROWEST = 8;

/** Lays out rows within `width` cells; Infinity shows everything whole. In less than the columns need that stay, it is wider. */
export function layTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  now: number,
): Table {
  const sized = columns.map((column) => {
    const texts = rows.map((row) => column.text(row, now));
    return { column, texts, width: Math.max(column.key.length, ...texts.map(widthOf)) };
  });
  shrink(sized, width, ({ cut }) => cut?.to);
  const kept = dropUntilFits(sized, width);
  shrink(kept, width, ({ cut }) => (cut === undefined ? undefined : NARROWEST));
  const header = kept.map(({ column, width }) => span(column.key.toUpperCase().slice(0, width), 'muted'));
  const lines = rows.map((row, at) => kept.map((cell) => cellSpan(cell, row, at, now)));
  return {
    lines: [header, ...lines].map((cells) => placed(cells, kept)),
    hidden: sized.filter((cell) => !kept.includes(cell)).map(({ column }) => column.key),
  };
}

function totalWidth(sized: readonly { readonly width: number }[]): number {
  return sized.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
}

function dropUntilFits<Row>(sized: readonly Sized<Row>[], width: number): readonly Sized<Row>[] {
  let kept = sized;
  const order = sized.filter(({ column }) => column.drop !== undefined);
  order.sort((a, b) => (a.column.drop ?? 0) - (b.column.drop ?? 0));
  for (const next of order) {
    if (totalWidth(kept) <= width) break;
    kept = kept.filter((cell) => cell !== next);
  }
  return kept;
}

// Takes what is missing from the widest column that may be cut, then from the next.
function shrink<Row>(sized: readonly Sized<Row>[], width: number, limit: (column: Column<Row>) => number | undefined) {
  for (const cell of sized.toSorted((a, b) => b.width - a.width)) {
    const to = limit(cell.column);
    const excess = totalWidth(sized) - width;
    if (to !== undefined && excess > 0 && cell.width > to) cell.width = Math.max(to, cell.width - excess);
  }
}

function cellSpan<Row>({ column, texts, width }: Sized<Row>, row: Row, at: number, now: number): Span {
  const cut = column.cut?.at === 'end' ? cutEnd : cutMiddle;
  return span(cut(texts[at] ?? '', width), column.tone?.(row, now));
}

/** Each in its column; nothing behind the last. */
function placed<Row>(cells: readonly Span[], columns: readonly Sized<Row>[]): Line {
  return cells.flatMap((cell, at) => {
    const sized = columns[at];
    const space = span(' '.repeat(Math.max(0, (sized?.width ?? 0) - widthOf(cell.text))));
    const own = sized?.column.align === 'right' ? [space, cell] : at < cells.length - 1 ? [cell, space] : [cell];
    return at === 0 ? own : [span(GAP), ...own];
  });
}
