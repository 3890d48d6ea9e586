// How far an operation is, or how it ended.
import { formatTook } from '../../daemon/protocol/format.ts';
import type { AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { lastLeft } from '../paint/drain.ts';
import { saidLines } from '../paint/exit.ts';
import { type Line, type Span, span } from '../paint/line.ts';
import { bringsCode, kindText, tookOf, wentBack } from '../paint/operation.ts';
import { connectionParts, requestParts, tellsConnections } from '../paint/receipt.ts';
import { warmText } from '../paint/release.ts';
import { widthOf } from '../paint/text.ts';
import type { DashState } from '../state/state.ts';
import { DID, runningLines } from './rollout-bar.ts';

/** Lines that a new worker printed before it failed. */
const SAID_LINES = 4;

/** A bar while it runs; then the result, what it did to connections, and why it failed. */
export function progressLines(
  app: AppStatus,
  operation: OperationStatus,
  { now, readOnly }: Pick<DashState, 'now' | 'readOnly'>,
  width: number,
): readonly Line[] {
  const { kind, phase, note } = operation;
  const notes: readonly Line[] = note === null ? [] : [[span(` ${note}`, 'warn')]];
  switch (phase) {
    case 'queued':
      return [[span(` ${kindText(kind)} waits for the operation before it`, 'muted')]];
    case 'running':
      return [...runningLines(app, operation, now, readOnly, width), ...notes];
    case 'done':
      return [
        ...broken(
          [span(`✓ done in ${formatTook(tookOf(operation))}`, 'good'), ...doneSpans(app, operation, now)],
          width,
        ),
        ...warmLines(app, now, readOnly),
        ...notes,
      ];
    case 'failed':
      return [...failedLines(app, operation, width, now), ...warmLines(app, now, readOnly), ...notes];
  }
}

/** While the old workers are still there, one key is enough. */
function warmLines(app: AppStatus, now: number, readOnly: boolean): readonly Line[] {
  const warm = warmText(app, now);
  return warm === null ? [] : [[span(` ${warm}${readOnly ? '' : ': B goes back at once'}`, 'busy')]];
}

function doneSpans(app: AppStatus, operation: OperationStatus, now: number): readonly Span[] {
  if (operation.kind === 'rehearse') return [span('the new code comes up'), span('nothing was replaced')];
  return receiptSpans(app, operation, now);
}

function failedLines(app: AppStatus, operation: OperationStatus, width: number, now: number): readonly Line[] {
  const { failure, receipt, from } = operation;
  const none = receipt?.replaced === 0 && app.up > 0 && bringsCode(operation.kind);
  const kept = wentBack(operation)
    ? `Every slot is back: generation ${from} serves.`
    : `Nothing was replaced: generation ${from} keeps serving.`;
  return [
    endLine(operation),
    ...saidLines(failure?.lines ?? [], SAID_LINES),
    ...(none ? [[span(` ${kept}`)]] : broken(receiptSpans(app, operation, now), width)),
  ];
}

/** The end and why: of a canary that failed, of slots that went back, or of what was refused at once. */
function endLine(operation: OperationStatus): Line {
  const { failure, canary } = operation;
  const slot = failure?.slot ?? null;
  const reason = failure?.reason ?? operation.returning ?? 'no reason is known';
  const why = span(`${slot === null ? '' : `slot ${slot}: `}${reason}`);
  const took = formatTook(tookOf(operation));
  if (canary?.verdict === 'fail') return [span(` ✖ canary failed after ${took}: `, 'bad'), why];
  if (wentBack(operation)) return [span(' ✖ ROLLED BACK: ', 'bad'), why, span(`   after ${took}`, 'muted')];
  return [span(` ✖ ${isAborted(failure) ? '' : 'failed '}after ${took}  `, 'bad'), why];
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
