// A line of the screen is a row of spans; only here they become text with colour, and never more than `width` cells.
import { clean, cutEnd, take, widthOf } from './text.ts';
import type { Mood, Theme, Tone } from './theme.ts';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

export const EMPTY: Line = [];

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

/** Left words and right words with the room between them; the right ones win when there is too little. */
export function apart(left: Line, right: Line, width: number): Line {
  const end = Math.min(width, lengthOf(right, width));
  const room = Math.max(0, width - end - 1);
  const kept = cut(left, room);
  return [...kept, span(' '.repeat(Math.max(0, width - end - lengthOf(kept, width)))), ...right];
}

/** The line as it goes to the terminal. A selected line is inverse over the whole width. */
export function renderLine(line: Line, width: number, theme: Theme, mood: Mood = 'normal'): string {
  const kept = cut(line, width);
  const rest = mood === 'selected' ? ' '.repeat(Math.max(0, width - lengthOf(kept, width))) : '';
  const spans = rest === '' ? kept : [...kept, span(rest)];
  return spans.map(({ text, tone }) => (text === '' ? '' : theme.paint(text, tone, mood))).join('');
}

/** Lines that look alike. */
export function renderLines(lines: readonly Line[], width: number, theme: Theme, mood: Mood = 'normal'): string[] {
  return lines.map((line) => renderLine(line, width, theme, mood));
}

/** Cells that the line takes. */
export function lengthOf(line: Line, width = Infinity): number {
  return line.reduce((total, { text }) => total + widthOf(clean(text, width)), 0);
}

/** What does not fit ends with `…`. */
function cut(line: Line, width: number): Line {
  const kept: Span[] = [];
  let room = width;
  for (const { text, tone } of line) {
    const whole = clean(text, width);
    const cells = widthOf(whole);
    if (cells > room) {
      if (room > 0) kept.push(span(whole.trim() === '' ? take(whole, room) : cutEnd(whole, room), tone));
      break;
    }
    const last = kept.at(-1);
    // What looks the same is one piece: each piece costs bytes on the line to the terminal.
    if (last?.tone === tone) kept[kept.length - 1] = span(last.text + whole, tone);
    else kept.push(span(whole, tone));
    room -= cells;
  }
  return kept;
}
