import { cutEnd, cutMiddle, widthOf } from './fit.ts';
import type { Style } from './style.ts';

/** One column: what it shows of a row, and what happens to it when there is not enough room. */
export interface Column<Row> {
  readonly key: string;
  readonly align?: 'right';
  text(row: Row): string;
  /** Colours the text, after it was cut and measured. */
  paint?(text: string, row: Row): string;
  /** Columns with a lower number are left out first; those without stay. */
  readonly drop?: number;
  /** The texts may be cut: `to` this width before any column is left out, to 8 when all else fails. */
  readonly cut?: { readonly at: 'middle' | 'end'; readonly to: number };
}

/** The lines of a table (header first) and the columns that had to be left out. */
export interface Table {
  readonly lines: readonly string[];
  readonly hidden: readonly string[];
}

interface Sized<Row> {
  readonly column: Column<Row>;
  width: number;
}

const GAP = '  ';
const NARROWEST = 8;

/** Lays out rows within `width` cells; Infinity shows everything whole. */
export function layTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  style: Style,
): Table {
  const sized = columns.map((column) => ({ column, width: naturalWidth(column, rows) }));
  shrink(sized, width, ({ cut }) => cut?.to);
  const kept = dropUntilFits(sized, width);
  shrink(kept, width, ({ cut }) => (cut === undefined ? undefined : NARROWEST));
  const fits = totalWidth(kept) <= width;
  const header = kept.map(({ column, width }) => pad(column, column.key.toUpperCase(), width));
  const lines = rows.map((row) =>
    kept
      .map((cell) => paintCell(cell, row, style, fits))
      .join(GAP)
      .trimEnd(),
  );
  const all = [style.paint('quiet', cutEnd(header.join(GAP).trimEnd(), width, style.glyphs.cut)), ...lines];
  return {
    // A terminal too narrow for the columns that stay: cut, and then without colours, which would be cut in half.
    lines: fits ? all : all.map((line, index) => (index === 0 ? line : cutEnd(line, width, style.glyphs.cut))),
    hidden: columns.filter((column) => !kept.some((cell) => cell.column === column)).map(({ key }) => key),
  };
}

function naturalWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  return Math.max(column.key.length, ...rows.map((row) => widthOf(column.text(row))));
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

function paintCell<Row>({ column, width }: Sized<Row>, row: Row, { glyphs }: Style, colored: boolean): string {
  const cut = column.cut?.at === 'end' ? cutEnd : cutMiddle;
  const text = cut(column.text(row), width, glyphs.cut);
  const space = ' '.repeat(width - widthOf(text));
  const painted = colored && column.paint !== undefined ? column.paint(text, row) : text;
  return column.align === 'right' ? space + painted : painted + space;
}

function pad<Row>(column: Column<Row>, title: string, width: number): string {
  const text = title.slice(0, width);
  return column.align === 'right' ? text.padStart(width) : text.padEnd(width);
}
