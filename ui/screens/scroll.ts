// A screen of lines to read: no cursor, scrolled by line.
import { spotOf } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import { apart, EMPTY, type Line, renderLine, span } from '../paint/line.ts';
import type { Theme } from '../paint/theme.ts';
import { page, rangeText } from './page.ts';

/** What a line of the screen begins with. */
const MARGIN = span(' ');
/** Room for a line, beside the margin. */
export const readingWidth = (width: number): number => width - 1;

export function paintScroll(
  state: DashState,
  head: readonly Line[],
  lines: readonly Line[],
  width: number,
  height: number,
  theme: Theme,
): string[] {
  const mood = state.link.phase === 'lost' ? 'stale' : 'normal';
  const foot = height < 10 ? 0 : 1;
  const room = Math.max(0, height - head.length - foot);
  // The last page stays full: a cursor past the end goes no further.
  const from = Math.max(0, Math.min(spotOf(state).row, lines.length - room));
  const shown = lines.slice(from, from + room);
  const place = lines.length > room ? [span(`${rangeText(from, shown.length, lines.length)} `, 'muted')] : [];
  return page(
    head.map((line) => renderLine(line, width, theme)),
    shown.map((line) => renderLine([MARGIN, ...line], width, theme, mood)),
    foot === 0 ? [] : [renderLine(apart(EMPTY, place, width), width, theme)],
    height,
  );
}
