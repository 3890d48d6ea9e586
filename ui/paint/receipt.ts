// What a rollout did, in words. docs/receipt.md says what each number counts.
import { formatTook } from '../../daemon/protocol/format.ts';
import type {
  ExecMode,
  OperationKind,
  OperationStatus,
  Receipt,
  SlotProgress,
  WorkerStatus,
} from '../../daemon/protocol/model.ts';
import { counted, grouped } from './count.ts';
import { type Span, span } from './line.ts';
import { preciseTook } from './time.ts';

/** Slots whose timing is shown; more would be a list of its own. */
const SLOTS_SHOWN = 8;

/**
 * A start has nothing to part with, nor has a dry run; a stop parts with everything; and in fork mode zdm does not see
 * connections.
 */
export function tellsConnections(kind: OperationKind, mode: ExecMode | undefined): boolean {
  return mode !== 'fork' && kind !== 'start' && kind !== 'rehearse' && kind !== 'stop' && kind !== 'delete';
}

/** What became of connections and requests: `0 cut, 64 connections moved; 1,204 requests by the old code, 310 by the new`. */
export function receiptText(receipt: Receipt): string {
  const sentences = [connectionParts(receipt), requestParts(receipt)];
  return sentences
    .map((parts) => parts.map(({ text }) => text).join(', '))
    .filter((text) => text !== '')
    .join('; ');
}

/** The most important first, and of the zeros only the promise, `0 cut`. `left`: how long old workers may go on draining. */
export function connectionParts(receipt: Receipt, left = ''): readonly Span[] {
  const { cut, moved, drained, told, open, handedOver, held, longestHold, gap } = receipt;
  const parts = [span(moved > 0 ? `${grouped(cut)} cut` : cutText(receipt), cut > 0 ? 'bad' : 'good')];
  if (moved > 0) parts.push(span(`${counted(moved, 'connection')} moved`));
  if (drained > 0) parts.push(span(`${grouped(drained)} drained`));
  if (told > 0) parts.push(span(`${counted(told, 'WebSocket')} asked to reconnect`));
  if (open > 0) parts.push(span(`${grouped(open)} draining${left}`, 'leaving'));
  if (handedOver > 0) parts.push(span(`${grouped(handedOver)} handed over`));
  if (held > 0) parts.push(span(`${grouped(held)} waited (at most ${formatTook(longestHold)})`, 'warn'));
  if (gap > 0) parts.push(span(`no worker for ${formatTook(gap)}`, 'warn'));
  return parts;
}

export function requestParts({ requestsOld, requestsNew }: Receipt): readonly Span[] {
  const parts: Span[] = [];
  if (requestsOld > 0) parts.push(span(`${counted(requestsOld, 'request')} by the old code`));
  if (requestsNew > 0)
    parts.push(span(`${requestsOld > 0 ? grouped(requestsNew) : counted(requestsNew, 'request')} by the new`));
  return parts;
}

/** The promise alone: `0 connections cut`. */
export function cutText({ cut }: Receipt): string {
  return `${counted(cut, 'connection')} cut`;
}

/** One line per slot of a rollout: `slot 0  ready after 340ms, old worker gone after 80ms`. */
export function slotTimes({ slots }: OperationStatus, workers: readonly WorkerStatus[]): string[] {
  const cells = `${Math.max(...slots.map(({ slot }) => slot))}`.length;
  const lines = slots
    .slice(0, SLOTS_SHOWN)
    .map((one) => `slot ${`${one.slot}`.padStart(cells)}  ${slotText(one, workers)}`);
  const more = slots.length - lines.length;
  return more > 0 ? [...lines, `and ${counted(more, 'slot')} more, in --json`] : lines;
}

function slotText({ phase, oldPid, readyAfter, goneAfter }: SlotProgress, workers: readonly WorkerStatus[]): string {
  const old = workers.find(({ pid }) => pid === oldPid);
  const parts: string[] = [];
  if (readyAfter !== null) parts.push(`ready after ${preciseTook(readyAfter)}`);
  else if (phase === 'waiting') parts.push('not begun');
  else parts.push(phase);
  if (goneAfter !== null) parts.push(`old worker gone after ${preciseTook(goneAfter)}`);
  else if (old?.stage === 'draining') parts.push('old worker still draining');
  else if (old?.stage === 'stopping') parts.push('old worker is stopping');
  return parts.join(', ');
}
