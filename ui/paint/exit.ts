// How a worker ended, and which of its last lines tell most.
import { exitWords, formatTook } from '../../daemon/protocol/format.ts';
import type { AppStatus, ExitRecord } from '../../daemon/protocol/model.ts';
import { type Line, span } from './line.ts';
import type { Theme } from './theme.ts';

/** How a worker ended, without what it said. */
export type Exit = Omit<ExitRecord, 'at' | 'lines'>;

/** `Error: …`, `TypeError: …`, `Uncaught Exception …`: where a stack trace begins. */
const TRACE = /^\s*(?:uncaught )?[\w.]*(?:error|exception)\b/i;
const EMPTY_WORDS = /^\s*(?:\^+|Node\.js v[\d.]+)?\s*$/;

/** `slot 2 ended with exit code 1 after 0.4s`. */
export function exitText({ slot, code, signal, uptime }: Exit): string {
  return `slot ${slot} ended with ${exitWords(code, signal)} after ${formatTook(uptime)}`;
}

/** What such an end mostly means; null when only the worker's own words tell. A shell says 128 + n for signal n. */
export function exitHint({ code, signal }: Exit): string | null {
  if (signal === 'SIGKILL' || code === 137) return 'killed from outside, often because memory ran out';
  if (signal === 'SIGABRT' || code === 134) return 'aborted, often because the heap was full (--max-old-space-size)';
  if (signal === 'SIGSEGV' || code === 139) return 'crashed in native code';
  return code === 0 ? 'it ended by itself, with nothing left to do or by process.exit()' : null;
}

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
