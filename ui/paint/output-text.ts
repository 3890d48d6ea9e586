// What an app printed, as text that can be shown. Colours go with all other escape sequences: the dashboard has its own
// meaning for each colour, and hardly an app prints any where its output is no terminal.
import { clean, SEQUENCES, take, widthOf } from './text.ts';

/** Characters of a line that are kept. */
const LONGEST = 8192;
const TAB = 8;

/** One line: cut with a note when it is very long, tabs to every eighth cell, the rest as `clean` has it. */
export function cleanOutput(text: string): string {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text;
  const more = line.length - LONGEST;
  if (more > 0) return `${expanded(line.slice(0, LONGEST))} … ${more.toLocaleString('en')} more characters`;
  return expanded(line);
}

/** Where each row of a clean text begins when a row has this many cells; a text has at least one. */
export function rowStarts(text: string, cells: number): readonly number[] {
  const starts: number[] = [0];
  for (let at = 0; ; starts.push(at)) {
    const rest = text.slice(at);
    at += (take(rest, cells) || rest).length;
    if (at >= text.length) return starts;
  }
}

/** Where a clean text goes on after `cells` cells; `pad` is the half of a wide character that stays of it. */
export function startAfter(text: string, cells: number): { readonly at: number; readonly pad: string } {
  const left = take(text, cells);
  if (left.length === text.length || widthOf(left) === cells) return { at: left.length, pad: '' };
  return { at: take(text, cells + 1).length, pad: ' ' };
}

function expanded(text: string): string {
  const bare = text.replaceAll(SEQUENCES, '');
  if (!bare.includes('\t')) return clean(bare);
  const [first = '', ...others] = bare.split('\t').map(clean);
  return others.reduce((line, part) => `${line}${' '.repeat(TAB - (widthOf(line) % TAB))}${part}`, first);
}
