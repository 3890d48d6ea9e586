// The logs screen: what its keys do, and where the reader is. Pure, like the reducer that calls it.
import type { LogsCommand, ViewCommand } from '../keys.ts';
import type { OutputLine } from '../../daemon/protocol/model.ts';
import { indexed } from './log-filter.ts';
import { appended, replaced } from './log-lines.ts';
import {
  type Around,
  endOf,
  firstFrom,
  indexOf,
  lineAt,
  type LogsState,
  NO_LOGS,
  type TimeStyle,
} from './log-model.ts';
import { type Cursor, endTop, isBefore, type LogPage, logPage, moved, placeOf, rowsOn, topOf } from './log-page.ts';

export { NO_LOGS, type LogsState } from './log-model.ts';

/** Lines came; `whole`: they are all there is, instead of what was there. */
export interface LogsAction {
  readonly type: 'logs-lines';
  readonly lines: readonly OutputLine[];
  readonly whole: boolean;
}

const MOVES = ['next', 'previous', 'first', 'last', 'page-down', 'page-up'] as const;
const OWN = [
  'follow',
  'next-match',
  'previous-match',
  'left',
  'right',
  'stream',
  'slot',
  'all-slots',
  'wrap',
  'time',
  'set-mark',
] as const;

/** What the keys of the logs screen do to it; `search` and `keep` ask for a text first. */
export type LogsMove = Exclude<LogsCommand, 'search' | 'keep'> | (typeof MOVES)[number];

const STREAMS = [null, 'out', 'err'] as const;
const TIMES: readonly TimeStyle[] = ['clock', 'age', 'date', 'none'];
/** Cells that the text moves to the side. */
const SIDESTEP = 20;
const MOST_MARKS = 100;

export function isLogsCommand(command: ViewCommand): command is LogsMove {
  return [...MOVES, ...OWN].some((own) => own === command);
}

/** Another choice of what is shown, at its end; the lines stay when it is of the same apps. */
export function openedLogs(
  logs: LogsState,
  { apps, slot = null, generation = null }: Pick<LogsState, 'apps'> & Partial<Pick<LogsState, 'slot' | 'generation'>>,
): LogsState {
  const same = apps.join('\n') === logs.apps.join('\n');
  const { wrap, time } = logs;
  return indexed({ ...(same ? logs : { ...NO_LOGS, wrap, time }), apps, slot, generation, place: null, hit: null });
}

/** `key` is the key that was pressed. */
export function logsCommand(logs: LogsState, command: LogsMove, key: string, around: Around): LogsState {
  switch (command) {
    case 'next':
      return scrolled(logs, 1, around);
    case 'previous':
      return scrolled(logs, -1, around);
    case 'first':
      return scrolled(logs, -Infinity, around);
    case 'last':
      return following(logs);
    case 'page-down':
      return scrolled(logs, pageRows(logs, around), around);
    case 'page-up':
      return scrolled(logs, -pageRows(logs, around), around);
    case 'follow':
      return logs.place === null ? scrolled(logs, 0, around) : following(logs);
    case 'next-match':
      return atMatch(logs, 1, around);
    case 'previous-match':
      return atMatch(logs, -1, around);
    case 'left':
      return { ...logs, shift: Math.max(0, logs.shift - SIDESTEP) };
    case 'right':
      return { ...logs, wrap: false, shift: Math.min(logs.shift + SIDESTEP, farthest(logs)) };
    case 'stream':
      return indexed({ ...logs, stream: after(STREAMS, logs.stream) });
    case 'slot':
      return indexed({ ...logs, slot: Number(key) });
    case 'all-slots':
      return indexed({ ...logs, slot: null, generation: null });
    case 'wrap':
      return { ...logs, wrap: !logs.wrap, shift: 0 };
    case 'time':
      return { ...logs, time: after(TIMES, logs.time) };
    case 'set-mark':
      return { ...logs, marks: [...logs.marks, { at: around.now, before: endOf(logs) }].slice(-MOST_MARKS) };
  }
}

/** The reader goes to the nearest hit above, else to the first one, and stays there. */
export function withSearch(logs: LogsState, search: string, around: Around): LogsState {
  const next = indexed({ ...logs, search });
  const from = logs.hit ?? shownOn(logPage(logs, around)).at(-1) ?? endOf(logs);
  const before = next.hits[firstFrom(next.hits, from + 1) - 1];
  return atHit(next, before ?? next.hits[0], around);
}

export function withKeep(logs: LogsState, keep: string): LogsState {
  return indexed({ ...logs, keep });
}

export function withLines(logs: LogsState, { lines, whole }: LogsAction): LogsState {
  return { ...(whole ? replaced(logs, lines) : appended(logs, lines)), heard: true };
}

/** The line that `y` copies: the hit that the reader went to, else the last one on the screen. */
export function currentLine(state: Around & { readonly logs: LogsState }): string | null {
  const { logs } = state;
  const number = logs.hit ?? shownOn(logPage(logs, state)).at(-1);
  return number === undefined ? null : (lineAt(logs, number)?.text ?? null);
}

/** Up is reading: the end is not followed any more. Down to the very end is following again. */
function scrolled(logs: LogsState, by: number, around: Around): LogsState {
  const page = logPage(logs, around);
  if (logs.place === null && by > 0) return logs;
  // To the first row one need not walk.
  const next = by === -Infinity ? moved(page, { index: 0, row: by }, 0) : moved(page, topOf(page), by);
  if (by > 0 && !isBefore(next, endTop(page))) return following(logs);
  return staying({ ...logs, hit: null }, page, next);
}

function following(logs: LogsState): LogsState {
  return { ...logs, place: null, hit: null };
}

function staying(logs: LogsState, page: LogPage, top: Cursor): LogsState {
  const end = endTop(page);
  const place = placeOf(page, isBefore(top, end) ? top : end);
  return { ...logs, place, seen: logs.place === null ? endOf(logs) : logs.seen };
}

/** From the hit where the reader is, round and round; else from what is on the screen. */
function atMatch(logs: LogsState, by: 1 | -1, around: Around): LogsState {
  const { hits, hit, place } = logs;
  const top = shownOn(logPage(logs, around))[0] ?? 0;
  const current = hit === null ? firstFrom(hits, top) - (by > 0 ? 1 : 0) : firstFrom(hits, hit);
  const next = hit === null && place === null ? hits.length - 1 : (current + by + hits.length) % hits.length;
  return atHit(logs, hits[next], around);
}

/** What is on the screen already is only pointed at; else the hit comes to the upper third. */
function atHit(logs: LogsState, hit: number | undefined, around: Around): LogsState {
  if (hit === undefined) return { ...logs, hit: null };
  const page = logPage(logs, around);
  if (shownOn(page).includes(hit)) return staying({ ...logs, hit }, page, topOf(page));
  const top = moved(page, { index: indexOf(logs, hit), row: 0 }, -Math.floor(page.height / 3));
  return staying({ ...logs, hit }, page, top);
}

/** The numbers of the lines on the screen. */
function shownOn(page: LogPage): readonly number[] {
  return rowsOn(page).flatMap((row) => (row.kind === 'line' ? [row.number] : []));
}

/** One row stays, so that the eye finds its place. */
function pageRows(logs: LogsState, around: Around): number {
  return Math.max(1, logPage(logs, around).height - 1);
}

/** The last step to the side that still shows something. */
function farthest({ lines }: LogsState): number {
  const longest = lines.reduce((most, { text }) => Math.max(most, text.length), 0);
  return Math.max(0, Math.ceil(longest / SIDESTEP) - 1) * SIDESTEP;
}

function after<T>(values: readonly T[], value: T): T {
  return values[(values.indexOf(value) + 1) % values.length] as T;
}
