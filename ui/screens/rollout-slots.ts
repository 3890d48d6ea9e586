// What a rollout does to each slot: the old worker, the new one, and what is waited for.
import { formatAge, formatTook } from '../../daemon/protocol/format.ts';
import type { AppStatus, OperationStatus, SlotProgress, WorkerStatus } from '../../daemon/protocol/model.ts';
import { slotLabel, workerLabel } from '../paint/label.ts';
import { type Line, renderLine, type Span, span } from '../paint/line.ts';
import { isUndecided, wentBack } from '../paint/operation.ts';
import { fit, fitRight } from '../paint/text.ts';
import type { Mood, Theme } from '../paint/theme.ts';
import { paintRow, seenRows } from './pane.ts';
import { fitting, waitWords } from './waits.ts';

/** A slot with its workers, as far as they are alive. */
interface SlotNow extends SlotProgress {
  readonly old: WorkerStatus | undefined;
  readonly fresh: WorkerStatus | undefined;
}

/** Cells of the parts of a row at some width. */
interface Cells {
  readonly old: number;
  readonly pid: number;
  readonly times: number;
  readonly now: number;
}

const SLOT_CELLS = 5;
const STATE_CELLS = 12;

/** At most `height` rows: titles, and the slots around the cursor. */
export function slotRows(
  app: AppStatus,
  operation: OperationStatus,
  now: number,
  cursor: number | null,
  width: number,
  height: number,
  theme: Theme,
  mood: Mood,
): string[] {
  if (height < 1) return [];
  const { slots, from, to } = operation;
  const goesBack = operation.returning !== null || wentBack(operation);
  const cells = cellsFor(
    width,
    slots.some(({ oldPid }) => oldPid !== null),
  );
  const at = cursor === null ? null : Math.min(cursor, slots.length - 1);
  // After an aborted rollout the old workers are of several generations.
  const alike = app.workers.every(({ generation }) => generation === from || generation === to);
  const oldTitle = cells.old > 0 ? fit(from === 0 || !alike ? 'OLD' : `OLD g${from}`, cells.old) : '';
  const titles = [
    span(`${fitRight('#', SLOT_CELLS - 2)}  ${oldTitle}${fit(`NEW g${to}`, STATE_CELLS + cells.pid)}`, 'muted'),
    span(cells.times > 0 ? `${fitRight('READY', cells.times)}${fitRight('DRAIN', cells.times)}` : '', 'muted'),
    span('  NOW', 'muted'),
  ];
  const next = slots.findIndex(({ phase }) => phase === 'waiting');
  const rows = seenRows(slots.length, at, height - 1).map((row) => {
    const slot = withWorkers(app, slots[row]!, goesBack ? to : null);
    const words = nowWords(app, operation, slot, row === next, now, theme);
    const line: Line = [
      span(`${row === at ? '>' : ' '}${fitRight(String(slot.slot), SLOT_CELLS - 3)}  `),
      ...(cells.old > 0 ? workerCell(oldLabel(slot), slot.old?.pid ?? slot.oldPid, cells.pid, cells.old) : []),
      ...workerCell(freshLabel(slot, operation), slot.newPid, cells.pid, STATE_CELLS + cells.pid),
      ...timeCells(slot, cells.times, now),
      span('  '),
      span(fitting(words, cells.now) || (words.at(-1) ?? ''), slot.phase === 'failed' ? 'bad' : 'plain'),
    ];
    return paintRow(line, width, theme, mood, row === at);
  });
  return [renderLine(titles, width, theme, mood), ...rows];
}

/** `refused`: the generation that its slots go back from; then there is a new worker of the old code. */
function withWorkers({ workers }: AppStatus, slot: SlotProgress, refused: number | null): SlotNow {
  const find = (pid: number | null): WorkerStatus | undefined => workers.find((worker) => worker.pid === pid);
  const fresh = find(slot.newPid);
  const back =
    refused === null ? undefined : workers.findLast((one) => one.slot === slot.slot && one.generation !== refused);
  return { ...slot, old: find(slot.oldPid) ?? back, fresh };
}

function cellsFor(width: number, hasOld: boolean): Cells {
  const pid = width >= 100 ? 9 : width >= 80 ? 6 : 0;
  const times = width >= 100 ? 9 : width >= 80 ? 8 : 0;
  const old = hasOld ? STATE_CELLS + pid + (width >= 100 ? 3 : width >= 80 ? 2 : 0) : 0;
  return { old, pid, times, now: width - SLOT_CELLS - old - STATE_CELLS - pid - 2 * times - 2 };
}

function workerCell({ text, tone }: Span, pid: number | null, pidCells: number, cells: number): Line {
  const state = Math.min(STATE_CELLS, cells);
  const number = pidCells > 0 ? fitRight(pid === null ? '' : String(pid), pidCells) : '';
  return [span(fit(text, state), tone), span(fit(number, cells - state), 'muted')];
}

function oldLabel({ old, oldPid, phase }: SlotNow): Span {
  if (old !== undefined) return workerLabel({ ...old, deadline: null }, 0);
  if (oldPid === null) return span('- none', 'muted');
  return span(phase === 'waiting' || phase === 'failed' ? '✖ gone' : '✓ gone', 'muted');
}

function freshLabel({ fresh, newPid, phase }: SlotNow, { endedAt }: OperationStatus): Span {
  if (fresh !== undefined) return workerLabel({ ...fresh, deadline: null }, 0);
  if (phase === 'failed') return slotLabel('failed');
  if (newPid === null) return endedAt === null ? slotLabel('waiting') : span('- none', 'muted');
  return span('○ gone', 'muted');
}

/** What is still going on is counted on. */
function timeCells({ readyAfter, goneAfter, phase, old, fresh }: SlotNow, cells: number, now: number): Line {
  if (cells === 0) return [];
  const going = (since: number | null): string => (since === null ? '…' : `${formatAge(now - since)}…`);
  const starts = phase === 'starting' && fresh !== undefined;
  const ready = readyAfter === null ? (starts ? going(fresh.startedAt) : '-') : formatTook(readyAfter);
  const leaves = old?.stage === 'draining' || old?.stage === 'stopping';
  const gone = goneAfter === null ? (leaves ? going(fresh?.readyAt ?? null) : '-') : formatTook(goneAfter);
  return [span(fitRight(ready, cells)), span(fitRight(gone, cells))];
}

/** From the full words to the shortest. */
function nowWords(
  app: AppStatus,
  operation: OperationStatus,
  slot: SlotNow,
  next: boolean,
  now: number,
  theme: Theme,
): readonly string[] {
  const { failure, paused, endedAt, from } = operation;
  const { phase, old, fresh } = slot;
  if (operation.returning !== null && endedAt === null) return returnWords(app, slot, from, now);
  if (wentBack(operation) && slot.readyAfter !== null && phase !== 'failed')
    return [`back on generation ${from}`, `back on g${from}`, 'back'];
  switch (phase) {
    case 'waiting':
      if (endedAt !== null) return old === undefined ? [''] : [`keeps generation ${from}`, `keeps g${from}`];
      if (paused || isUndecided(operation)) return ['paused'];
      if (!next) return [''];
      return operation.canary?.verdict === null ? ['next, if the canary passes', 'next'] : ['next'];
    case 'starting':
      return fresh === undefined ? ['starting'] : waitWords(fresh, app, now);
    case 'standby':
      return ['ready, waits for the others', 'ready'];
    case 'proving':
      return trialWords(operation, trialEnd(app, operation, fresh), now);
    case 'failed':
      return [failure?.slot === slot.slot ? failure.reason : 'not replaced', 'failed'];
    case 'draining':
    case 'done':
      if (old !== undefined && old.stage !== 'online') return waitWords(old, app, now);
      if (fresh === undefined || fresh.readyAt === null) return ['took over'];
      return [`took over ${theme.clock(fresh.readyAt)}`, 'took over'];
  }
}

/** Of a slot of a rollout that has failed, on its way to the code that it had. */
function returnWords(app: AppStatus, { old, fresh, oldPid }: SlotNow, from: number, now: number): readonly string[] {
  if (old?.stage === 'online' && old.pid === oldPid) return [`keeps generation ${from}`, `keeps g${from}`];
  if (old?.stage === 'online') return [`back on generation ${from}`, `back on g${from}`, 'back'];
  if (old?.stage === 'starting') return waitWords(old, app, now);
  return fresh === undefined ? ['the old code is next', 'next'] : ['goes back', 'back'];
}

/** When a new worker that serves has done so for long enough; null when that is not known. */
function trialEnd(app: AppStatus, { canary }: OperationStatus, fresh: WorkerStatus | undefined): number | null {
  if (canary !== null && canary.verdict !== 'pass') return canary.verdict === null ? canary.until : null;
  const readyAt = fresh?.readyAt ?? null;
  return readyAt === null ? null : readyAt + app.spec.minReady;
}

function trialWords(operation: OperationStatus, until: number | null, now: number): readonly string[] {
  const what = operation.canary === null || operation.canary.verdict === 'pass' ? 'on trial' : 'canary';
  if (until === null || until <= now) return [`serves, ${what}`, what];
  const left = formatAge(until - now + 999);
  return [`serves, ${what}, ${left} left`, `${what}, ${left} left`, what];
}
