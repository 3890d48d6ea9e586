// A line of the screen is a row of spans; only here they become text with colour, and never more than `width` cells.
import { clean, fit, take, widthOf } from './text.ts';
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
  const end = Math.min(width, lengthOf(right));
  const room = Math.max(0, width - end - 1);
  const kept = cut(left, room);
  return [...kept, span(' '.repeat(Math.max(0, width - end - lengthOf(kept)))), ...right];
}

/** The line as it goes to the terminal. A selected line is inverse over the whole width. */
export function renderLine(line: Line, width: number, theme: Theme, mood: Mood = 'normal'): string {
  const kept = cut(line, width);
  const rest = mood === 'selected' ? ' '.repeat(Math.max(0, width - lengthOf(kept))) : '';
  const spans = rest === '' ? kept : [...kept, span(rest)];
  return spans.map(({ text, tone }) => (text === '' ? '' : theme.paint(text, tone, mood))).join('');
}

function lengthOf(line: Line): number {
  return line.reduce((total, { text }) => total + widthOf(clean(text)), 0);
}

/** What does not fit ends with `…`. */
function cut(line: Line, width: number): Line {
  const kept: Span[] = [];
  let room = width;
  for (const { text, tone } of line) {
    const whole = clean(text);
    const cells = widthOf(whole);
    if (cells > room) {
      if (room > 0) kept.push(span(whole.trim() === '' ? take(whole, room) : fit(whole, room), tone));
      break;
    }
    kept.push(span(whole, tone));
    room -= cells;
  }
  return kept;
}
