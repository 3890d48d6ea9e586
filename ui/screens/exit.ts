// How a worker ended, and which of its last lines tell most.
import { exitWords, formatTook } from '../../daemon/protocol/format.ts';
import type { AppStatus, ExitRecord } from '../../daemon/protocol/model.ts';
import type { Theme } from '../paint/theme.ts';
import { type Line, span } from '../paint/line.ts';

/** `Error: …`, `TypeError: …`, `Uncaught Exception …`: where a stack trace begins. */
const TRACE = /^\s*(?:uncaught )?[\w.]*(?:error|exception)\b/i;
const EMPTY_WORDS = /^\s*(?:\^+|Node\.js v[\d.]+)?\s*$/;

/** The last exit of an app with what the worker said, unless that was said already (`told`). */
export function exitLines({ lastExit }: AppStatus, theme: Theme, told: readonly string[] = []): readonly Line[] {
  if (lastExit === null) return [];
  const head = [span(' LAST EXIT ', 'strong'), span(`${theme.clock(lastExit.at)}  ${exitText(lastExit)}`)];
  return [head, ...(told.join() === lastExit.lines.join() ? [] : saidLines(lastExit.lines, 5))];
}

/** At most `count` lines of what a worker printed: from the error on, else the last ones. */
export function saidLines(lines: readonly string[], count: number): readonly Line[] {
  const words = lines.filter((line) => !EMPTY_WORDS.test(line));
  const from = words.findLastIndex((line) => TRACE.test(line));
  const kept = from < 0 ? words.slice(-count) : words.slice(from, from + count);
  return kept.map((text) => [span('   ┊ ', 'muted'), span(text)]);
}

function exitText({ slot, pid, generation, code, signal, uptime }: ExitRecord): string {
  return `slot ${slot}, pid ${pid}, g${generation}: ${exitWords(code, signal)} after ${formatTook(uptime)}`;
}
