// How much of a row goes to time, name and slot, and how much to the text.
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { widthOf, clean } from '../paint/text.ts';
import { isFollowed } from './log-extras.ts';
import type { LogsState, TimeStyle } from './log-model.ts';

/** Cells of each column; 0: it is not there. */
export interface LogColumns {
  readonly time: number;
  readonly name: number;
  readonly slot: number;
  /** `out` and `err` in words; else a sign marks stderr. */
  readonly words: boolean;
  readonly text: number;
  /** What the text has where a line goes on with its stack trace: there is no word in front of it. */
  readonly trace: number;
}

/** Narrower than this, the clock goes and the stream is a sign. */
const ROOMY = 80;
/** From here on the clock shows milliseconds. */
const WIDE = 100;
const LEAST_TEXT = 8;

/** A row: a sign, then time, name and slot with a blank behind each, the stream, and the text. */
export function logColumns(logs: LogsState, apps: readonly AppStatus[], width: number): LogColumns {
  const followed = apps.filter(({ name }) => isFollowed(logs, name));
  const time = timeCells(logs.time, width);
  const longest = Math.max(3, ...followed.map(({ name }) => widthOf(clean(name))));
  const name = logs.apps.length === 1 ? 0 : Math.min(longest, width >= WIDE ? 20 : 12);
  const slot = `${Math.max(1, ...followed.map(({ wanted }) => wanted)) - 1}`.length;
  const words = width >= ROOMY;
  const left = 1 + (time > 0 ? time + 1 : 0) + (name > 0 ? name + 1 : 0) + slot + 1;
  const text = Math.max(LEAST_TEXT, width - left - (words ? 4 : 0));
  return { time, name, slot, words, text, trace: Math.max(LEAST_TEXT, width - left) };
}

function timeCells(style: TimeStyle, width: number): number {
  switch (style) {
    case 'clock':
      return width >= WIDE ? 12 : width >= ROOMY ? 8 : 0;
    case 'age':
      return 5;
    case 'date':
      return 19;
    case 'none':
      return 0;
  }
}
