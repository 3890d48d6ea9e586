// What happened to an app, newest first, each thing once: its events, with what its operations and its last exit tell more.
import { plural } from '../../daemon/protocol/format.ts';
import type { AppEvent, AppStatus, ExitRecord, OperationStatus } from '../../daemon/protocol/model.ts';
import { canaryText, verdictText } from './canary.ts';
import { endOf, eventWords } from './event.ts';
import { exitHint } from './exit.ts';
import { replacedSlots } from './label.ts';
import { type Line, type Span, span } from './line.ts';
import { backSlots, beganAt, changeText, kindText } from './operation.ts';
import { problemOf } from './problem.ts';
import { slotTimes } from './receipt.ts';
import { wrap } from './text.ts';
import type { Theme } from './theme.ts';
import { eventTime } from './time.ts';

export interface StoryOptions {
  readonly width: number;
  readonly now: number;
  readonly theme: Theme;
  /** So many things, the newest. */
  readonly most?: number;
}

/** One thing that happened, or an operation that goes on. */
interface Chapter {
  readonly at: number;
  /** Null while the operation goes on. */
  readonly event: AppEvent | null;
  readonly operation: OperationStatus | null;
}

/** Every line within `width`. */
export function storyLines(app: AppStatus, { width, now, theme, most = Infinity }: StoryOptions): readonly Line[] {
  const all = chapters(app);
  const shown = all.slice(0, most);
  const times = shown.map(({ at }) => eventTime(at, now, theme.clock));
  const column = Math.max(0, ...times.map((time) => time.length)) + 2;
  const details = detailsOf(app, shown, now);
  const lines = shown.flatMap((chapter, at) => [
    ...headLines((times[at] ?? '').padEnd(column), wordsOf(app, chapter, now), width),
    ...(details[at] ?? []).flatMap((text) => indented(text, column + 2, width)),
  ]);
  const older = all.length - shown.length;
  return older === 0 ? lines : [...lines, [span(`and ${older} before, in --json`, 'muted')]];
}

/**
 * Newest first; of things in the same millisecond the later one. The daemon's list of events is short: what has gone from it
 * may still be known as an operation, or as the last exit.
 */
function chapters({ events, operations, lastExit }: AppStatus): readonly Chapter[] {
  const kept = events.map((event): Chapter => {
    if (event.type === 'exit') return { at: event.at, event, operation: null };
    const operation = operations.find(({ op }) => op === event.op) ?? null;
    // A receipt goes on after the end, as long as old workers drain.
    return { at: event.at, event: { ...event, receipt: operation?.receipt ?? event.receipt }, operation };
  });
  const isKept = ({ op }: OperationStatus): boolean => kept.some(({ operation }) => operation?.op === op);
  const others = operations
    .filter((operation) => !isKept(operation))
    .map((operation): Chapter => {
      const event = operation.phase === 'done' || operation.phase === 'failed' ? endOf(operation) : null;
      return { at: event?.at ?? beganAt(operation), event, operation };
    });
  const isExitKept = lastExit === null || events.some((event) => isSame(event, lastExit));
  const exits = isExitKept ? [] : [{ at: lastExit.at, event: { type: 'exit', ...lastExit } as const, operation: null }];
  return [...exits, ...kept, ...others].toSorted((a, b) => a.at - b.at).toReversed();
}

function isSame(event: AppEvent, exit: ExitRecord): boolean {
  return event.type === 'exit' && event.pid === exit.pid && event.at === exit.at;
}

function wordsOf(app: AppStatus, { event, operation }: Chapter, now: number): Span {
  if (event !== null) return eventWords(event, app.spec, { slot: operation?.failure?.slot ?? null, whole: true });
  if (operation === null) return span('');
  const { phase, paused, slots, by, returning, canary } = operation;
  const kind = kindText(operation.kind);
  const who = by === null ? '' : ` (${by})`;
  if (phase === 'queued') return span(`${kind} waits for its turn${who}`, 'muted');
  const many = ` of ${plural(slots.length, 'slot')}`;
  if (returning !== null) {
    const back = `${backSlots(app, operation)}${many} back`;
    return span(`${kind}${changeText(operation)} is going back, ${back}: ${returning}${who}`, 'warn');
  }
  if (canary !== null && canary.verdict !== 'pass') {
    const words = verdictText(canary) ?? canaryText(canary, now, app.wanted);
    return span(`${kind}${changeText(operation)}: canary, ${words}${who}`, canary.verdict === null ? 'busy' : 'warn');
  }
  const count = slots.length === 0 ? '' : `, ${replacedSlots(slots)}${many} done`;
  return span(`${kind}${changeText(operation)} ${paused ? 'is paused' : 'is running'}${count}${who}`, 'busy');
}

/** What explains each chapter. The same words of a worker stand there once, with the newest. */
function detailsOf(app: AppStatus, shown: readonly Chapter[], now: number): readonly (readonly string[])[] {
  const { operations, lastExit, workers } = app;
  // A stop, or taking workers away, replaces nothing and has no slots.
  const rollout = operations.findLast(({ phase, slots }) => phase !== 'queued' && slots.length > 0);
  const newestExit = shown.find(({ event }) => event?.type === 'exit')?.event;
  const said = new Set<string>();
  const once = (lines: readonly string[]): readonly string[] => {
    const fresh = !said.has(lines.join('\n'));
    said.add(lines.join('\n'));
    return fresh ? lines : [];
  };
  return shown.map(({ event, operation }) => {
    if (event?.type === 'exit') {
      if (event !== newestExit) return [];
      // A problem stands above, with the same next step.
      const next = problemOf(app, now) === null ? `See: zdm logs ${app.name} --err` : null;
      const words = lastExit !== null && isSame(event, lastExit) ? once(lastExit.lines) : [];
      return [exitHint(event), ...words, next].filter((text) => text !== null);
    }
    if (operation === null) return [];
    const note = operation.note === null ? [] : [operation.note];
    const times = operation === rollout ? slotTimes(operation, workers) : [];
    return [...once(operation.failure?.lines ?? []), ...note, ...times];
  });
}

function headLines(time: string, { text, tone }: Span, width: number): readonly Line[] {
  const [first = '', ...rest] = wrap(text, width - time.length);
  const indent = ' '.repeat(time.length);
  return [[span(time, 'muted'), span(first, tone)], ...rest.map((line) => [span(indent + line, tone)])];
}

function indented(text: string, cells: number, width: number): readonly Line[] {
  return wrap(text, width - cells).map((line) => [span(`${' '.repeat(cells)}${line}`.trimEnd())]);
}
