// An operation as lines, the important ones first: title with bar, result, slots, then the last steps.
import { formatAge, formatTook, plural } from '../../daemon/protocol/format.ts';
import type {
  AppStatus,
  ExecMode,
  OperationKind,
  OperationStatus,
  Receipt,
  SlotPhase,
  SlotProgress,
} from '../../daemon/protocol/model.ts';
import { fit } from '../text.ts';
import type { Theme, Tone } from '../theme.ts';
import { saidLines } from './exit.ts';
import { replacedSlots, slotLabel } from './label.ts';
import { type Line, type Span, span } from './line.ts';

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
  lines.push(...resultLines(app, operation));
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

/** A slot drains only as long as its old worker is there. */
function settled({ workers }: AppStatus, slot: SlotProgress): SlotProgress {
  const drains = slot.phase === 'draining' && workers.some(({ pid }) => pid === slot.oldPid);
  return slot.phase === 'draining' && !drains ? { ...slot, phase: 'done' } : slot;
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

function resultLines({ spec, up }: AppStatus, { receipt, failure, note, kind }: OperationStatus): readonly Line[] {
  const lines: Line[] = [];
  if (failure !== null) {
    const who = failure.slot === null ? '' : `slot ${failure.slot}: `;
    lines.push([span(` ${who}${failure.reason}`, 'bad')]);
    lines.push(...saidLines(failure.lines, 4));
  }
  if (failure !== null && kind === 'reload' && receipt?.replaced === 0 && up > 0) {
    lines.push([span(' Nothing was replaced: the old code keeps serving.')]);
  } else if (receipt !== null && receipt.slots > 0) lines.push(receiptLine(receipt, kind, spec.execMode));
  if (note !== null) lines.push([span(` ${note}`, 'warn')]);
  return lines;
}

/**
 * A first start has nothing to move, and in fork mode connections are not seen: of those nothing is said. Zero moved says
 * nothing either; zero cut is the promise.
 */
function receiptLine(receipt: Receipt, kind: OperationKind, mode: ExecMode): Line {
  const parts: Span[] = [span(` ${receipt.replaced}/${receipt.slots} ${DID[kind]}`)];
  if (kind === 'start' || mode === 'fork') return parts;
  const add = (text: string, tone: Tone = 'plain'): void => void parts.push(span('  '), span(text, tone));
  add(`${receipt.cut} cut`, receipt.cut > 0 ? 'bad' : 'good');
  if (receipt.moved > 0) add(`${receipt.moved} moved`);
  if (receipt.open > 0) add(`${receipt.open} still draining`, 'leaving');
  if (receipt.held > 0)
    add(`${plural(receipt.held, 'connection')} waited up to ${formatTook(receipt.longestHold)}`, 'warn');
  if (receipt.requestsOld + receipt.requestsNew > 0)
    add(`requests ${receipt.requestsOld} old, ${receipt.requestsNew} new`);
  return parts;
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
