// One thing that happened to an app, as one line.
import { formatTook } from '../../daemon/protocol/format.ts';
import type { AppEvent, AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { exitText } from './exit.ts';
import { type Line, type Span, span } from './line.ts';
import { changeText, kindText, tookOf } from './operation.ts';
import { withoutDot } from './problem.ts';
import { cutText, receiptText, tellsConnections } from './receipt.ts';
import type { Theme } from './theme.ts';
import { shortTime } from './time.ts';

export type OperationEvent = Extract<AppEvent, { type: 'operation' }>;

/** How an event is told. `slot`: the one at which it failed. `whole`: all that its receipt says, not only the promise. */
export interface Telling {
  readonly slot?: number | null;
  readonly whole?: boolean;
}

/** `12:04:24  reload g16 → g17 done, 4/4, 14.2s, 0 connections cut (deploy (zdm reload api))`. */
export function eventLine(event: AppEvent, { spec }: Pick<AppStatus, 'spec'>, now: number, theme: Theme): Line {
  return [span(`${shortTime(event.at, now, theme.clock).padEnd(8)}  `, 'muted'), eventWords(event, spec)];
}

/** The same without the time. */
export function eventWords(
  event: AppEvent,
  { execMode }: Pick<AppStatus['spec'], 'execMode'>,
  how: Telling = {},
): Span {
  if (event.type === 'exit') return span(`${exitText(event)}, pid ${event.pid}, g${event.generation}`, 'warn');
  const { kind, by, reason, took, receipt } = event;
  const who = by === null ? '' : ` (${by})`;
  const what = `${kindText(kind)}${kind === 'stop' || kind === 'delete' ? '' : changeText(event)}`;
  if (reason !== null) {
    const where = (how.slot ?? null) === null ? '' : ` at slot ${how.slot}`;
    return span(`${what} failed${where} after ${formatTook(took)}: ${withoutDot(reason)}${who}`, 'bad');
  }
  const parts = [`${what} done`];
  if (receipt !== null && receipt.slots > 0) parts.push(`${receipt.replaced}/${receipt.slots}`);
  parts.push(formatTook(took));
  const told = receipt !== null && tellsConnections(kind, execMode);
  if (told) parts.push(how.whole === true ? receiptText(receipt) : cutText(receipt));
  return span(`${parts.join(', ')}${who}`, told && receipt.cut > 0 ? 'warn' : 'plain');
}

/** The event that the end of an operation is. */
export function endOf(operation: OperationStatus): OperationEvent {
  const { op, kind, by, from, to, receipt, endedAt, askedAt, phase, failure } = operation;
  const reason = phase === 'failed' ? (failure?.reason ?? 'no reason is known') : null;
  return {
    type: 'operation',
    at: endedAt ?? askedAt,
    op,
    kind,
    by,
    from,
    to,
    receipt,
    reason,
    took: tookOf(operation),
  };
}
