import { formatTook, plural } from '../../daemon/protocol/format.ts';
import type {
  AppStatus,
  ExecMode,
  OperationKind,
  OperationStatus,
  Receipt,
  RolloutStep,
} from '../../daemon/protocol/model.ts';
import { cleanText } from './clean-text.ts';
import type { Style } from './style.ts';

const DID: Readonly<Record<OperationKind, string>> = {
  start: 'started',
  reload: 'reloaded',
  restart: 'restarted',
  scale: 'scaled',
  stop: 'stopped',
  delete: 'deleted',
};

/** The lines for the steps that `next` has and `previous` had not: `  1.2s  slot 0  ready`. */
export function progressLines(previous: OperationStatus | undefined, next: OperationStatus, style: Style): string[] {
  const seen = previous?.op === next.op ? previous.steps.length : 0;
  return next.steps.slice(seen).map((step) => stepLine(step, next, style));
}

/** One line that says what an operation did. In fork mode zdm does not see connections, and says nothing of them. */
export function receiptLine(
  name: string,
  operation: OperationStatus,
  mode: ExecMode = 'cluster',
  wanted?: number,
): string {
  const { kind, receipt } = operation;
  const took = formatTook(tookOf(operation));
  if (receipt === null || kind === 'stop' || kind === 'delete') return `${name}: ${DID[kind]} in ${took}`;
  const head = `${name}: ${DID[kind]}${slotsText(kind, receipt, wanted)} in ${took}`;
  const isNew = kind === 'start' || mode === 'fork';
  const details = isNew ? [] : [connectionsText(receipt), requestsText(receipt)].filter((text) => text !== '');
  return details.length === 0 ? head : `${head}: ${details.join('; ')}`;
}

/** Why an operation failed, what the new worker said last, and what serves now. */
export function failureLines(name: string, operation: OperationStatus, app?: AppStatus): string[] {
  const { kind, failure } = operation;
  const slot = failure?.slot ?? null;
  const where = slot === null ? '' : ` at slot ${slot}`;
  const reason = cleanText(failure?.reason ?? 'no reason is known').replace(/\.$/, '');
  const lines = failure?.lines ?? [];
  return [
    `${name}: ${kind} failed${where} after ${formatTook(tookOf(operation))}: ${reason}`,
    ...lines.map((line) => `    ${cleanText(line)}`.trimEnd()),
    ...servingLines(name, operation, app),
  ];
}

/** What to print when an operation has ended: its receipt or its failure, and a note if there is one. */
export function resultLines(name: string, operation: OperationStatus, style: Style, app?: AppStatus): string[] {
  const failed = operation.phase === 'failed';
  const [first = '', ...rest] = failed
    ? failureLines(name, operation, app)
    : [receiptLine(name, operation, app?.spec.execMode, app?.wanted) + placesText(operation, app)];
  const note = operation.note === null ? [] : [style.paint('warning', `${name}: ${cleanText(operation.note)}`)];
  return [style.paint(failed ? 'bad' : 'good', first), ...rest, ...note];
}

// What a person wants to know next after a start: where it answers.
function placesText({ kind }: OperationStatus, app: AppStatus | undefined): string {
  return kind === 'start' && app && app.listeners.length > 0 ? `, listens on ${app.listeners.join(', ')}` : '';
}

function stepLine(step: RolloutStep, { askedAt, startedAt }: OperationStatus, style: Style): string {
  const time = formatTook(Math.max(0, step.at - (startedAt ?? askedAt))).padStart(6);
  const slot = step.slot === null ? '' : `slot ${step.slot}  `;
  return `${style.paint('quiet', time)}  ${slot}${cleanText(step.text)}`;
}

function tookOf({ receipt, startedAt, askedAt, endedAt }: OperationStatus): number {
  const started = startedAt ?? askedAt;
  return receipt?.duration ?? (endedAt ?? started) - started;
}

// Of a scaling, the number that was reached is of interest, not how many workers came: none, when some went.
function slotsText(kind: OperationKind, { replaced, slots }: Receipt, wanted: number | undefined): string {
  if (kind !== 'scale') return ` ${replaced}/${slots}`;
  return wanted === undefined ? '' : ` to ${wanted}`;
}

// Zero moved says nothing, zero cut is the promise.
function connectionsText({ moved, open, cut }: Receipt): string {
  const parts = [`${cut} cut`];
  if (open > 0) parts.push(`${open} draining`);
  if (moved > 0) parts.unshift(`${plural(moved, 'connection')} moved`);
  else parts[0] = `${plural(cut, 'connection')} cut`;
  return parts.join(', ');
}

function requestsText({ requestsOld, requestsNew, held, longestHold }: Receipt): string {
  const parts: string[] = [];
  if (requestsOld > 0) parts.push(`${plural(requestsOld, 'request')} by the old code`);
  if (requestsNew > 0) parts.push(`${requestsOld > 0 ? requestsNew : plural(requestsNew, 'request')} by the new`);
  if (held > 0) parts.push(`${held} waited (at most ${formatTook(longestHold)})`);
  return parts.join(', ');
}

function servingLines(name: string, operation: OperationStatus, app: AppStatus | undefined): string[] {
  const next = `See: zdm logs ${name} --err`;
  const replaced = operation.receipt?.replaced ?? 0;
  if (app === undefined) {
    if (operation.kind !== 'reload' || replaced > 0) return [`  ${next}`];
    return [`  The old code (generation ${operation.from}) keeps serving. ${next}`];
  }
  if (app.up === 0) return [`  Nothing of ${name} is running now. ${next}`];
  const generations = [...new Set(app.workers.filter(({ stage }) => stage === 'online').map((w) => w.generation))];
  const which = generations.toSorted((a, b) => a - b).join(' and ');
  const code = which === '' ? '' : `, generation ${which}`;
  return [`  Serving now: ${app.up} of ${plural(app.wanted, 'worker')}${code}. ${next}`];
}
