// How far an operation is: a bar, what halts it, or that it goes back.
import { formatAge, plural } from '../../daemon/protocol/format.ts';
import type { AppStatus, OperationKind, OperationStatus } from '../../daemon/protocol/model.ts';
import { replacedSlots } from '../paint/label.ts';
import { type Line, span } from '../paint/line.ts';
import { backSlots, beganAt, isUndecided, kindText, queuedOperation } from '../paint/operation.ts';

/** What an operation has done to a slot. */
export const DID: Readonly<Record<OperationKind, string>> = {
  start: 'started',
  reload: 'replaced',
  rollback: 'rolled back',
  rehearse: 'tried',
  restart: 'restarted',
  replace: 'replaced',
  handover: 'handed over',
  scale: 'scaled',
  stop: 'stopped',
  delete: 'deleted',
};

/** Of an operation that runs. */
export function runningLines(
  app: AppStatus,
  operation: OperationStatus,
  now: number,
  readOnly: boolean,
  width: number,
): readonly Line[] {
  const { slots, returning, paused } = operation;
  const next = waitingLines(app);
  if (returning !== null) {
    const back = backSlots(app, operation);
    return [
      [span(' going back', 'warn'), span(`: ${returning}`)],
      bar(operation, back / Math.max(1, slots.length), 0, ' back', width, now),
      ...next,
    ];
  }
  if (isUndecided(operation)) return [undecidedLine(operation, readOnly, width), ...next];
  if (paused) return [pausedLine(operation, readOnly), ...next];
  return [slots.length > 0 ? barLine(app, operation, width, now) : bareLine(app, operation, now), ...next];
}

/**
 * About how long the slots that wait will take (ms), judged by those that are done; null while there is nothing to judge by, and
 * while a canary is looked at.
 */
export function timeLeft(app: AppStatus, operation: OperationStatus, now: number): number | null {
  const { slots, canary } = operation;
  if (canary !== null && canary.verdict !== 'pass') return null;
  const times = slots.flatMap(({ readyAfter }) => (readyAfter === null ? [] : [readyAfter]));
  const open = slots.filter(({ phase }) => phase === 'waiting' || phase === 'starting');
  if (times.length === 0 || open.length === 0) return null;
  const each = times.reduce((total, time) => total + time, 0) / times.length + app.spec.minReady;
  const begun = open.reduce((total, { newPid }) => {
    const worker = app.workers.find(({ pid }) => pid === newPid);
    return total + (worker === undefined ? 0 : Math.min(each, now - worker.startedAt));
  }, 0);
  return Math.max(0, (each * open.length - begun) / Math.min(open.length, atOnce(app, operation)));
}

/** How many slots are taken up together. */
function atOnce({ spec }: AppStatus, { strategy, slots }: OperationStatus): number {
  if (strategy === 'blue-green') return slots.length;
  const { unit, value } = spec.surge;
  return Math.max(1, unit === 'count' ? value : Math.floor((value / 100) * slots.length));
}

/** Full where slots have been done, half where new workers are not there for good. */
function barLine(app: AppStatus, operation: OperationStatus, width: number, now: number): Line {
  const { slots } = operation;
  const done = replacedSlots(slots) / slots.length;
  const between = slots.filter(({ phase }) => phase === 'starting' || phase === 'standby' || phase === 'proving');
  const left = timeLeft(app, operation, now);
  const about = left === null ? '' : `, about ${formatAge(left + 999)} left`;
  return bar(operation, done, between.length / slots.length, about, width, now);
}

/** `done` and `begun` are parts of one; `end` follows the time. */
function bar(op: OperationStatus, done: number, begun: number, end: string, width: number, now: number): Line {
  const cells = Math.max(6, Math.min(width >= 140 ? 80 : 48, width - 40));
  const full = Math.round(cells * done);
  const half = Math.round(cells * (done + begun)) - full;
  const returns = op.returning !== null;
  return [
    span(` ${'█'.repeat(full)}${'▒'.repeat(half)}`, returns ? 'leaving' : 'busy'),
    span('░'.repeat(cells - full - half), 'muted'),
    span(`  ${Math.round(done * 100)}%${returns ? end : ''}`, 'strong'),
    span(`   ${formatAge(now - beganAt(op))} so far${returns ? '' : end}`),
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

/** The reason stands with the figures of the canary. */
function undecidedLine({ canary }: OperationStatus, readOnly: boolean, width: number): Line {
  const workers = plural(canary?.workers ?? 0, 'new worker');
  return [
    span(' INCONCLUSIVE', 'warn'),
    span(width < 60 ? '' : `  ${workers} ${canary?.workers === 1 ? 'stays' : 'stay'}`),
    span(readOnly ? '' : '   P goes on, A goes back', 'muted'),
  ];
}

/** Of an operation that replaces nothing: what is still there. */
function bareLine({ workers }: AppStatus, operation: OperationStatus, now: number): Line {
  const left = workers.filter(({ stage }) => stage !== 'online').length;
  const what = left === 0 ? '' : `, ${plural(left, 'worker')} not done yet`;
  const took = formatAge(now - beganAt(operation));
  return [span(` ${kindText(operation.kind)}`, 'busy'), span(` for ${took}${what}`)];
}

/** What begins after it. */
function waitingLines(app: AppStatus): readonly Line[] {
  const queued = queuedOperation(app);
  if (queued === null) return [];
  const newer = queued.kind === 'reload' ? '; a newer one takes its place' : '';
  return [[span(` a ${kindText(queued.kind)} waits for the end of this${newer}`, 'muted')]];
}
