// Which lines are shown and which are hits. Counted up as lines come, and anew only when the question changes.
import type { OutputLine } from '../../daemon/protocol/model.ts';
import { firstFrom, type LogsState } from './log-model.ts';

/** What `&` keeps: `x`, `!x` (without x), `/x/` and `!/x/` (a pattern). */
export interface Keep {
  readonly pattern: RegExp;
  readonly inverse: boolean;
}

type Test = (line: OutputLine) => boolean;

/** The pattern of a search, for every hit in a line; null when nothing is looked for. */
export function searchPattern(search: string): RegExp | null {
  return search === '' ? null : new RegExp(literal(search), `g${caseOf(search)}`);
}

/** Null when nothing is asked for, 'broken' when it is no pattern. */
export function keepPattern(keep: string): Keep | 'broken' | null {
  const inverse = keep.startsWith('!');
  const text = inverse ? keep.slice(1) : keep;
  if (text === '') return null;
  const [, pattern] = /^\/(.+)\/$/s.exec(text) ?? [];
  try {
    // In a pattern `\S` is no capital letter of the user's.
    const flags = caseOf(pattern?.replaceAll(/\\./gs, '') ?? text);
    return { pattern: new RegExp(pattern ?? literal(text), flags), inverse };
  } catch {
    return 'broken';
  }
}

/** With `shown` and `hits` for all lines, after another question or with other lines. */
export function indexed(logs: LogsState): LogsState {
  const shows = shownTest(logs);
  const all = logs.lines.map((_, at) => logs.first + at);
  const shown = shows === null ? null : passing(logs, all, shows);
  const hits = hitsIn(logs, shown ?? all);
  return { ...logs, shown, hits, hit: logs.hit !== null && hits.includes(logs.hit) ? logs.hit : null };
}

/** With `shown` and `hits` after lines went at the front, and those from the number `from` on came. */
export function indexedFrom(logs: LogsState, from: number): LogsState {
  const shows = shownTest(logs);
  const fresh = Array.from({ length: logs.first + logs.lines.length - from }, (_, at) => from + at);
  const passed = shows === null ? fresh : passing(logs, fresh, shows);
  const left = (numbers: readonly number[]): readonly number[] => numbers.slice(firstFrom(numbers, logs.first));
  return {
    ...logs,
    shown: shows === null ? null : left(logs.shown ?? []).concat(passed),
    hits: logs.search === '' ? [] : left(logs.hits).concat(hitsIn(logs, passed)),
  };
}

function shownTest({ slot, generation, stream, keep }: LogsState): Test | null {
  const kept = keepPattern(keep);
  const tests: Test[] = [];
  if (stream !== null) tests.push((line) => line.stream === stream);
  if (slot !== null) tests.push((line) => line.slot === slot);
  if (generation !== null) tests.push((line) => line.generation === generation);
  if (kept !== null && kept !== 'broken') tests.push(({ text }) => kept.pattern.test(text) !== kept.inverse);
  return tests.length === 0 ? null : (line) => tests.every((passes) => passes(line));
}

function hitsIn(logs: LogsState, numbers: readonly number[]): readonly number[] {
  const pattern = searchPattern(logs.search);
  return pattern === null ? [] : passing(logs, numbers, ({ text }) => text.search(pattern) >= 0);
}

function passing({ lines, first }: LogsState, numbers: readonly number[], passes: Test): readonly number[] {
  return numbers.filter((number) => {
    const line = lines[number - first];
    return line !== undefined && passes(line);
  });
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** A capital letter asks for exactly this case. */
function caseOf(text: string): string {
  return /\p{Lu}/u.test(text) ? 'u' : 'iu';
}
