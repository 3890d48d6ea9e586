// What is known of the output on the logs screen. Lines are counted from the first that was received, so that a place stays
// the same place while lines come at the end and go at the front.
import type { AppStatus, LogStream, OutputLine } from '../../daemon/protocol/model.ts';

export type TimeStyle = 'clock' | 'age' | 'date' | 'none';

/** A line that the user drew before the line of this number. */
interface LogMark {
  readonly at: number;
  readonly before: number;
}

/** The first row of the screen: of the line with this number the row `row`; below 0 the rows that stand above that line. */
export interface LogPlace {
  readonly number: number;
  readonly row: number;
}

export interface LogsState {
  /** Whose output is followed; empty: of all apps. */
  readonly apps: readonly string[];
  /** Only that of this slot, or of this generation; null: of all. */
  readonly slot: number | null;
  readonly generation: number | null;
  /** Only that of this stream; null: both. */
  readonly stream: LogStream | null;
  /** What is looked for; empty: nothing. */
  readonly search: string;
  /** Only lines with this are shown. */
  readonly keep: string;
  /** Whether anything was heard of these apps yet. */
  readonly heard: boolean;
  /** Oldest first, safe to show. */
  readonly lines: readonly OutputLine[];
  /** The number of `lines[0]`. */
  readonly first: number;
  /** Characters in `lines`. */
  readonly size: number;
  /** The last `seq` of each app. */
  readonly seqs: ReadonlyMap<string, number>;
  /** How many lines are missing before the line of this number. */
  readonly gaps: ReadonlyMap<number, number>;
  /** The numbers of the lines that pass the filters; null: all do. */
  readonly shown: readonly number[] | null;
  /** Of these, the ones with what is looked for. */
  readonly hits: readonly number[];
  /** The hit that the reader went to. */
  readonly hit: number | null;
  /** Where the reader is; null: at the end, which is followed. */
  readonly place: LogPlace | null;
  /** Where the lines ended when the reader stopped following. */
  readonly seen: number;
  readonly marks: readonly LogMark[];
  readonly wrap: boolean;
  readonly time: TimeStyle;
  /** Cells that are left out at the left of each line. */
  readonly shift: number;
}

/** What the logs are shown in: the size of the terminal, the time, and the apps with their rollouts. */
export interface Around {
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  readonly apps: readonly AppStatus[];
  /** A text field and a note take a row each below the lines. */
  readonly field?: object | null;
  readonly notice?: object | null;
}

/** Before anything was asked for. */
export const NO_LOGS: LogsState = {
  apps: [],
  slot: null,
  generation: null,
  stream: null,
  search: '',
  keep: '',
  heard: false,
  lines: [],
  first: 0,
  size: 0,
  seqs: new Map(),
  gaps: new Map(),
  shown: null,
  hits: [],
  hit: null,
  place: null,
  seen: 0,
  marks: [],
  wrap: false,
  time: 'clock',
  shift: 0,
};

/** The number of the next line. */
export function endOf({ first, lines }: LogsState): number {
  return first + lines.length;
}

export function lineAt({ first, lines }: LogsState, number: number): OutputLine | null {
  return lines[number - first] ?? null;
}

/** How many lines are shown. */
export function countOf({ shown, lines }: LogsState): number {
  return shown?.length ?? lines.length;
}

/** The number of the shown line at this place; past the last one, of the next line to come. */
export function numberAt(logs: LogsState, index: number): number {
  return (logs.shown === null ? logs.first + index : logs.shown[index]) ?? endOf(logs);
}

/** The place of this line among the shown ones; of a line that is not shown, that of the next one. */
export function indexOf(logs: LogsState, number: number): number {
  if (logs.shown !== null) return firstFrom(logs.shown, number);
  return Math.max(0, Math.min(number - logs.first, logs.lines.length));
}

/** The place of the first of these ascending numbers that is not below `number`. */
export function firstFrom(numbers: readonly number[], number: number): number {
  return firstWhere(numbers.length, (at) => (numbers[at] ?? 0) >= number);
}

/** The first of `count` places for which `holds` is true; it is true for all that follow. */
export function firstWhere(count: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
