// What a rollout did, in words. docs/receipt.md says what each number counts.
import { formatTook } from '../../daemon/protocol/format.ts';
import type { OperationStatus, Receipt, SlotProgress, WorkerStatus } from '../../daemon/protocol/model.ts';
import { preciseTook } from './clock-time.ts';
import { counted, grouped } from './counted.ts';

/** Slots whose timing is shown; more would be a list of its own. */
const SLOTS_SHOWN = 8;

/** What became of connections and requests: the most important first, and of the zeros only the promise, `0 cut`. */
export function receiptDetails(receipt: Receipt): string {
  return [connectionsText(receipt), requestsText(receipt)].filter((text) => text !== '').join('; ');
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

function connectionsText({ cut, moved, drained, told, open, handedOver, held, longestHold, gap }: Receipt): string {
  const parts = moved > 0 ? [`${grouped(cut)} cut`, `${counted(moved, 'connection')} moved`] : [];
  if (parts.length === 0) parts.push(`${counted(cut, 'connection')} cut`);
  if (drained > 0) parts.push(`${grouped(drained)} drained`);
  if (told > 0) parts.push(`${counted(told, 'WebSocket')} asked to reconnect`);
  if (open > 0) parts.push(`${grouped(open)} draining`);
  if (handedOver > 0) parts.push(`${grouped(handedOver)} handed over`);
  if (held > 0) parts.push(`${grouped(held)} waited (at most ${formatTook(longestHold)})`);
  if (gap > 0) parts.push(`no worker for ${formatTook(gap)}`);
  return parts.join(', ');
}

function requestsText({ requestsOld, requestsNew }: Receipt): string {
  const parts: string[] = [];
  if (requestsOld > 0) parts.push(`${counted(requestsOld, 'request')} by the old code`);
  if (requestsNew > 0)
    parts.push(`${requestsOld > 0 ? grouped(requestsNew) : counted(requestsNew, 'request')} by the new`);
  return parts.join(', ');
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
