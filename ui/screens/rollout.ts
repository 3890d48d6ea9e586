// An operation as lines, the important ones first: title with bar, result, slots, then the last steps.
import { formatAge, formatTook, plural } from '../../daemon/protocol/format.ts';
import type {
  AppStatus,
  OperationKind,
  OperationStatus,
  Receipt,
  SlotPhase,
  SlotProgress,
  WorkerStatus,
} from '../../daemon/protocol/model.ts';
import { fit } from '../paint/text.ts';
import type { Theme, Tone } from '../paint/theme.ts';
import { saidLines } from './exit.ts';
import { replacedSlots, slotLabel } from './label.ts';
import { type Line, type Span, span } from '../paint/line.ts';

/** Cells of one slot where slots stand side by side. */
const SLOT_CELLS = 19;

/** At most `height` lines. */
export function rolloutLines(
  app: AppStatus,
  operation: OperationStatus,
  width: number,
  height: number,
  now: number,
  theme: Theme,
): readonly Line[] {
  const lines: Line[] = [titleLine(app, operation, now)];
  if (operation.slots.length > 0 && operation.endedAt === null) lines.push(barLine(operation, width));
  lines.push(...resultLines(app, operation, width, now));
  const slots = operation.slots.map((slot) => settled(app, slot));
  lines.push(...slotLines(slots, width, Math.max(1, Math.floor((height - lines.length) / 2))));
  const steps = operation.steps.slice(-Math.max(0, height - lines.length) || operation.steps.length);
  if (height > lines.length) lines.push(...steps.map((step) => stepLine(step, theme)));
  return lines.slice(0, Math.max(0, height));
}

const DID: Record<OperationKind, string> = {
  start: 'started',
  reload: 'replaced',
  restart: 'restarted',
  scale: 'scaled',
  stop: 'stopped',
  delete: 'deleted',
};

/** A slot drains as long as its old worker is there, and no longer: after the end of the operation, too. */
function settled({ workers }: AppStatus, slot: SlotProgress): SlotProgress {
  if (slot.phase !== 'draining' && slot.phase !== 'done') return slot;
  const old = workers.find(({ pid }) => pid === slot.oldPid);
  const drains = old !== undefined && (slot.phase === 'draining' || old.stage === 'draining');
  return { ...slot, phase: drains ? 'draining' : 'done' };
}

function titleLine(app: AppStatus, operation: OperationStatus, now: number): Line {
  const { kind, from, to, phase, startedAt, endedAt, askedAt, slots } = operation;
  const change = from === to ? '' : from === 0 ? ` g${to}` : ` g${from} → g${to}`;
  const what = span(` ${kind.toUpperCase()} ${app.name}${change}`, 'strong');
  const took = (endedAt ?? now) - (startedAt ?? askedAt);
  switch (phase) {
    case 'queued':
      return [what, span('  queued', 'muted')];
    case 'running': {
      const count = slots.length === 0 ? 'running' : `${replacedSlots(slots)} of ${slots.length} ${DID[kind]}`;
      return [what, span(`  ${count}`, 'busy'), span(`  ${formatAge(took)} so far`)];
    }
    case 'done':
      return [what, span(`  ✓ done in ${formatTook(took)}`, 'good')];
    case 'failed':
      return [what, span(`  ✖ failed after ${formatTook(took)}`, 'bad')];
  }
}

/** Full where slots have been done, half where workers start. */
function barLine({ slots }: OperationStatus, width: number): Line {
  const cells = Math.max(0, Math.min(60, width - 8));
  const done = replacedSlots(slots) / slots.length;
  const begun = done + slots.filter(({ phase }) => phase === 'starting').length / slots.length;
  const full = Math.round(cells * done);
  const half = Math.round(cells * begun) - full;
  return [
    span(` ${'█'.repeat(full)}${'▒'.repeat(half)}`, 'busy'),
    span('░'.repeat(cells - full - half), 'muted'),
    span(` ${Math.round(done * 100)}%`),
  ];
}

function resultLines(app: AppStatus, operation: OperationStatus, width: number, now: number): readonly Line[] {
  const { receipt, failure, note, kind } = operation;
  const lines: Line[] = [];
  if (failure !== null) {
    const who = failure.slot === null ? '' : `slot ${failure.slot}: `;
    lines.push([span(` ${who}${failure.reason}`, 'bad')]);
    lines.push(...saidLines(failure.lines, 4));
  }
  if (failure !== null && kind === 'reload' && receipt?.replaced === 0 && app.up > 0) {
    lines.push([span(' Nothing was replaced: the old code keeps serving.')]);
  } else if (receipt !== null && receipt.slots > 0) lines.push(...broken(receiptParts(receipt, kind, app, now), width));
  if (note !== null) lines.push([span(` ${note}`, 'warn')]);
  return lines;
}

/**
 * The most important first. A first start has nothing to move, and in fork mode connections are not seen: of those nothing is
 * said. Of the zeros only that of the cut ones is shown, the promise.
 */
function receiptParts(
  receipt: Receipt,
  kind: OperationKind,
  { spec, workers }: AppStatus,
  now: number,
): readonly Span[] {
  const parts: Span[] = [span(`${receipt.replaced}/${receipt.slots} ${DID[kind]}`)];
  if (kind === 'start' || spec.execMode === 'fork') return parts;
  const add = (text: string, tone: Tone = 'plain'): void => void parts.push(span(text, tone));
  add(`${receipt.cut} cut`, receipt.cut > 0 ? 'bad' : 'good');
  if (receipt.moved > 0) add(`${receipt.moved} moved`);
  if (receipt.drained > 0) add(`${receipt.drained} drained`);
  if (receipt.told > 0) add(`${plural(receipt.told, 'WebSocket')} asked to reconnect`);
  if (receipt.open > 0) add(`${receipt.open} still draining${timeLeft(workers, now)}`, 'leaving');
  if (receipt.handedOver > 0) add(`${receipt.handedOver} handed over`);
  if (receipt.held > 0) add(`${receipt.held} waited up to ${formatTook(receipt.longestHold)}`, 'warn');
  if (receipt.gap > 0) add(`no worker for ${formatTook(receipt.gap)}`, 'warn');
  if (receipt.requestsOld + receipt.requestsNew > 0)
    add(`requests ${receipt.requestsOld} old, ${receipt.requestsNew} new`);
  return parts;
}

/** One line if they fit; no number is cut in two. */
function broken(parts: readonly Span[], width: number): readonly Line[] {
  const lines: Span[][] = [];
  let used = Infinity;
  for (const part of parts) {
    const cells = part.text.length + 2;
    if (used + cells <= width) {
      lines.at(-1)?.push(span('  '), part);
      used += cells;
    } else {
      lines.push([span(' '), part]);
      used = cells - 1;
    }
  }
  return lines;
}

/** `, 24s left`, until the last old worker has to go. */
function timeLeft(workers: readonly WorkerStatus[], now: number): string {
  const draining = workers.filter(({ stage }) => stage === 'draining');
  const last = Math.max(...draining.map(({ deadline }) => deadline ?? 0));
  return last > 0 ? `, ${formatAge(last - now)} left` : '';
}

/** Side by side; when they need more lines than there are, they are counted instead. */
function slotLines(slots: readonly SlotProgress[], width: number, height: number): readonly Line[] {
  const perLine = Math.max(1, Math.floor((width - 1) / SLOT_CELLS));
  if (Math.ceil(slots.length / perLine) > height) return [countLine(slots)];
  const lines: Line[] = [];
  for (let from = 0; from < slots.length; from += perLine) {
    lines.push([span(' '), ...slots.slice(from, from + perLine).map(slotSpan)]);
  }
  return lines;
}

function slotSpan({ slot, phase, readyAfter }: SlotProgress): Span {
  const { text, tone } = slotLabel(phase);
  const took = readyAfter === null || phase !== 'done' ? '' : ` ${formatTook(readyAfter)}`;
  return span(fit(`${slot} ${text}${took}`, SLOT_CELLS), tone);
}

function countLine(slots: readonly SlotProgress[]): Line {
  const phases: readonly SlotPhase[] = ['done', 'draining', 'starting', 'failed', 'waiting'];
  return phases.flatMap((phase) => {
    const count = slots.filter((slot) => slot.phase === phase).length;
    return count === 0 ? [] : [span(` ${slotLabel(phase).text} ${count} `, slotLabel(phase).tone)];
  });
}

function stepLine({ at, slot, text }: OperationStatus['steps'][number], theme: Theme): Line {
  return [span(` ${theme.clock(at)}  `, 'muted'), span(slot === null ? '' : `${slot} `), span(text)];
}
