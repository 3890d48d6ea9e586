// How far an operation is, or how it ended.
import { formatAge, formatTook, plural } from '../../daemon/protocol/format.ts';
import type { AppStatus, OperationKind, OperationStatus } from '../../daemon/protocol/model.ts';
import { lastLeft } from '../paint/drain.ts';
import { saidLines } from '../paint/exit.ts';
import { replacedSlots } from '../paint/label.ts';
import { type Line, type Span, span } from '../paint/line.ts';
import { beganAt, tookOf } from '../paint/operation.ts';
import { connectionParts, requestParts, tellsConnections } from '../paint/receipt.ts';
import { widthOf } from '../paint/text.ts';
import type { DashState } from '../state/state.ts';

/** Lines that a new worker printed before it failed. */
const SAID_LINES = 4;

/** What an operation has done to a slot. */
export const DID: Readonly<Record<OperationKind, string>> = {
  start: 'started',
  reload: 'replaced',
  rollback: 'rolled back',
  rehearse: 'rehearsed',
  restart: 'restarted',
  replace: 'replaced',
  handover: 'handed over',
  scale: 'scaled',
  stop: 'stopped',
  delete: 'deleted',
};

/** A bar while it runs; then the result, what it did to connections, and why it failed. */
export function progressLines(
  app: AppStatus,
  operation: OperationStatus,
  { now, readOnly }: Pick<DashState, 'now' | 'readOnly'>,
  width: number,
): readonly Line[] {
  const { kind, phase, slots, note } = operation;
  const notes: readonly Line[] = note === null ? [] : [[span(` ${note}`, 'warn')]];
  switch (phase) {
    case 'queued':
      return [[span(` ${kind} waits for the operation before it`, 'muted')]];
    case 'running':
      if (operation.paused) return [pausedLine(operation, readOnly), ...notes];
      return [slots.length > 0 ? barLine(app, operation, width, now) : runningLine(app, operation, now), ...notes];
    case 'done':
      return [
        ...broken(
          [span(`✓ done in ${formatTook(tookOf(operation))}`, 'good'), ...receiptSpans(app, operation, now)],
          width,
        ),
        ...notes,
      ];
    case 'failed':
      return [...failedLines(app, operation, width, now), ...notes];
  }
}

/** About how long the slots that wait will take, judged by those that are done; null while there is nothing to judge by. */
export function timeLeft({ workers }: AppStatus, { slots }: OperationStatus, now: number): number | null {
  const times = slots.flatMap(({ readyAfter }) => (readyAfter === null ? [] : [readyAfter]));
  const open = slots.filter(({ phase }) => phase === 'waiting' || phase === 'starting');
  if (times.length === 0 || open.length === 0) return null;
  const each = times.reduce((total, time) => total + time, 0) / times.length;
  const begun = open.reduce((total, { newPid }) => {
    const worker = workers.find(({ pid }) => pid === newPid);
    return total + (worker === undefined ? 0 : Math.min(each, now - worker.startedAt));
  }, 0);
  return Math.max(0, each * open.length - begun);
}

/** Full where slots have been done, half where workers start. */
function barLine(app: AppStatus, operation: OperationStatus, width: number, now: number): Line {
  const { slots } = operation;
  const cells = Math.max(6, Math.min(width >= 140 ? 80 : 48, width - 40));
  const done = replacedSlots(slots) / slots.length;
  const begun = done + slots.filter(({ phase }) => phase === 'starting').length / slots.length;
  const full = Math.round(cells * done);
  const half = Math.round(cells * begun) - full;
  const left = timeLeft(app, operation, now);
  const about = left === null ? '' : `, about ${formatAge(left + 999)} left`;
  return [
    span(` ${'█'.repeat(full)}${'▒'.repeat(half)}`, 'busy'),
    span('░'.repeat(cells - full - half), 'muted'),
    span(`  ${Math.round(done * 100)}%`, 'strong'),
    span(`   ${formatAge(now - beganAt(operation))} so far${about}`),
  ];
}

function pausedLine({ slots, kind }: OperationStatus, readOnly: boolean): Line {
  const done = replacedSlots(slots);
  const both = done > 0 && done < slots.length ? ', both generations serve' : '';
  return [
    span(' PAUSED', 'warn'),
    span(`  ${done} of ${slots.length} ${DID[kind]}${both}`),
    span(readOnly ? '' : '   P goes on, A aborts', 'muted'),
  ];
}

/** Of an operation that replaces nothing: what is still there. */
function runningLine({ workers }: AppStatus, operation: OperationStatus, now: number): Line {
  const left = workers.filter(({ stage }) => stage !== 'online').length;
  const what = left === 0 ? '' : `, ${plural(left, 'worker')} not done yet`;
  return [span(` ${operation.kind}`, 'busy'), span(` for ${formatAge(now - beganAt(operation))}${what}`)];
}

function failedLines(app: AppStatus, operation: OperationStatus, width: number, now: number): readonly Line[] {
  const { failure, receipt, kind, from } = operation;
  const slot = failure?.slot ?? null;
  const why = `${slot === null ? '' : `slot ${slot}: `}${failure?.reason ?? 'no reason is known'}`;
  const kept = kind === 'reload' && receipt?.replaced === 0 && app.up > 0;
  return [
    [span(` ✖ ${isAborted(failure) ? '' : 'failed '}after ${formatTook(tookOf(operation))}  `, 'bad'), span(why)],
    ...saidLines(failure?.lines ?? [], SAID_LINES),
    ...(kept
      ? [[span(` Nothing was replaced: generation ${from} keeps serving.`)]]
      : broken(receiptSpans(app, operation, now), width)),
  ];
}

/** A first start has nothing to move, and in fork mode connections are not seen: of those nothing is said. */
function receiptSpans({ spec, workers }: AppStatus, { kind, receipt }: OperationStatus, now: number): readonly Span[] {
  if (receipt === null || receipt.slots === 0) return [];
  const replaced = span(`${receipt.replaced}/${receipt.slots} ${DID[kind]}`);
  if (!tellsConnections(kind, spec.execMode)) return [replaced];
  const left = lastLeft(workers, now);
  return [replaced, ...connectionParts(receipt, left === null ? '' : `, ${left}`), ...requestParts(receipt)];
}

/** One line if they fit; no number is cut in two. */
function broken(parts: readonly Span[], width: number): readonly Line[] {
  const lines: Span[][] = [];
  let used = Infinity;
  for (const part of parts) {
    const cells = widthOf(part.text) + 3;
    if (used + cells <= width) {
      lines.at(-1)?.push(span('   '), part);
      used += cells;
    } else {
      lines.push([span(' '), part]);
      used = cells - 2;
    }
  }
  return lines;
}

/** Somebody did that; nothing of the new code was at fault. */
function isAborted(failure: OperationStatus['failure']): boolean {
  return failure !== null && failure.slot === null && failure.reason.startsWith('aborted');
}
