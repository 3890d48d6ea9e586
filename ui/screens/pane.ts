// A part of a screen: a title, inverse while the keys go to it, and rows of which those around the cursor are seen.
import { apart, type Line, renderLine, span } from '../paint/line.ts';
import type { Mood, Theme } from '../paint/theme.ts';
import { windowFrom } from './page.ts';

export interface PaneTitle {
  readonly name: string;
  readonly active: boolean;
  /** Words behind the name, and at the right end. */
  readonly about: Line;
  readonly end: Line;
}

export function paintTitle({ name, active, about, end }: PaneTitle, width: number, theme: Theme, mood: Mood): string {
  const word = ` ${name} `;
  const cells = Math.min(width, word.length);
  const head = renderLine([span(word, 'strong')], cells, theme, active && mood !== 'stale' ? 'selected' : mood);
  const room = width - cells;
  const rest = end.length === 0 ? about : apart(about, end, room);
  return `${head}${renderLine(rest, room, theme, mood)}`;
}

/** The rows that are seen of `total`. A pane without a cursor (null) shows its first rows. */
export function seenRows(total: number, cursor: number | null, height: number): readonly number[] {
  const from = cursor === null ? 0 : windowFrom(total, cursor, 1, height);
  return Array.from({ length: Math.max(0, Math.min(height, total - from)) }, (_, at) => from + at);
}

/** The last rows that are seen of `total`; with a cursor those around it. */
export function lastRows(total: number, cursor: number | null, height: number): readonly number[] {
  return seenRows(total, cursor ?? total - 1, height);
}

/** A row of a pane; the one under its cursor is inverse. */
export function paintRow(line: Line, width: number, theme: Theme, mood: Mood, selected: boolean): string {
  return renderLine(line, width, theme, selected && mood !== 'stale' ? 'selected' : mood);
}
