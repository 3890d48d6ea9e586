// What a command tells of an operation: its steps, then its receipt or its failure.
import { formatTook, plural } from '../../daemon/protocol/format.ts';
import type {
  AppStatus,
  ExecMode,
  OperationKind,
  OperationStatus,
  Receipt,
  RolloutStep,
} from '../../daemon/protocol/model.ts';
import { beganAt, bringsCode, isDropped, kindText, tookOf } from './operation.ts';
import { withoutDot } from './problem.ts';
import { receiptText, tellsConnections } from './receipt.ts';
import { warmText } from './release.ts';
import { clean } from './text.ts';
import type { Theme } from './theme.ts';

const DID: Readonly<Record<OperationKind, string>> = {
  start: 'started',
  reload: 'reloaded',
  rollback: 'rolled back',
  rehearse: 'tried',
  restart: 'restarted',
  replace: 'replaced',
  handover: 'handed over',
  scale: 'scaled',
  stop: 'stopped',
  delete: 'deleted',
};

/** The lines for the steps that `next` has and `previous` had not: `  1.2s  slot 0  ready`. */
export function progressLines(previous: OperationStatus | undefined, next: OperationStatus, theme: Theme): string[] {
  const seen = previous?.op === next.op ? previous.steps.length : 0;
  return next.steps.slice(seen).map((step) => stepLine(step, next, theme));
}

/** What is told between the steps, in their form: `  1.2s  going back to generation 1: exit code 1`. */
export function newsLine(text: string, operation: OperationStatus, at: number, theme: Theme): string {
  return stepLine({ at, slot: null, text }, operation, theme);
}

/** One line that says what an operation did. */
export function receiptLine(
  name: string,
  operation: OperationStatus,
  mode: ExecMode = 'cluster',
  wanted?: number,
): string {
  const { kind, receipt } = operation;
  const took = formatTook(tookOf(operation));
  if (kind === 'rehearse') return `${name}: ${DID[kind]} in ${took}: the new code starts, nothing was changed`;
  if (receipt === null || kind === 'stop' || kind === 'delete') return `${name}: ${DID[kind]} in ${took}`;
  const head = `${name}: ${DID[kind]}${slotsText(kind, receipt, wanted)} in ${took}`;
  return tellsConnections(kind, mode) ? `${head}: ${receiptText(receipt)}` : head;
}

/** Why an operation failed, what the new worker said last, and what serves now. */
export function failureLines(name: string, operation: OperationStatus, app?: AppStatus): string[] {
  const { kind, failure } = operation;
  const reason = withoutDot(failure?.reason ?? 'no reason is known');
  if (isDropped(operation)) {
    const serving = app === undefined ? '' : `${servingText(app)} `;
    return [`${name}: this ${kindText(kind)} was dropped: ${reason}`, `  ${serving}See: zdm describe ${name}`];
  }
  const slot = failure?.slot ?? null;
  // A dry run has a slot only because each worker has one.
  const where = slot === null || kind === 'rehearse' ? '' : ` at slot ${slot}`;
  const lines = failure?.lines ?? [];
  return [
    `${name}: ${kindText(kind)} failed${where} after ${formatTook(tookOf(operation))}: ${reason}`,
    ...lines.map((line) => `    ${clean(line)}`.trimEnd()),
    ...servingLines(name, operation, app),
  ];
}

/** What to print when an operation has ended: its receipt or its failure, and a note if there is one. */
export function resultLines(name: string, operation: OperationStatus, theme: Theme, app?: AppStatus): string[] {
  const failed = operation.phase === 'failed';
  const [first = '', ...rest] = failed
    ? failureLines(name, operation, app)
    : [receiptLine(name, operation, app?.spec.execMode, app?.wanted) + placesText(operation, app)];
  const note = operation.note === null ? [] : [theme.paint(`${name}: ${clean(operation.note)}`, 'warn')];
  const cut = tellsConnections(operation.kind, app?.spec.execMode) && (operation.receipt?.cut ?? 0) > 0;
  return [theme.paint(first, failed ? 'bad' : cut ? 'warn' : 'good'), ...rest, ...warmLines(operation, app), ...note];
}

// For as long as going back takes no boot, a person may want to know.
function warmLines({ kind, phase, endedAt }: OperationStatus, app: AppStatus | undefined): string[] {
  const warm = app && kind === 'reload' && phase === 'done' ? warmText(app, endedAt ?? 0) : null;
  return warm === null ? [] : [`  ${warm.replace('g', 'G')}: zdm rollback ${app?.name} goes back at once.`];
}

// What a person wants to know next after a start: where it answers.
function placesText({ kind }: OperationStatus, app: AppStatus | undefined): string {
  return kind === 'start' && app && app.listeners.length > 0 ? `, listens on ${app.listeners.join(', ')}` : '';
}

function stepLine(step: RolloutStep, operation: OperationStatus, theme: Theme): string {
  const time = formatTook(Math.max(0, step.at - beganAt(operation))).padStart(6);
  const slot = step.slot === null ? '' : `slot ${step.slot}  `;
  return `${theme.paint(time, 'muted')}  ${slot}${clean(step.text)}`;
}

// Of a scaling, the number that was reached is of interest, not how many workers came: none, when some went.
function slotsText(kind: OperationKind, { replaced, slots }: Receipt, wanted: number | undefined): string {
  if (kind === 'replace') return ' 1 worker';
  if (kind !== 'scale') return ` ${replaced}/${slots}`;
  return wanted === undefined ? '' : ` to ${wanted}`;
}

function servingLines(name: string, operation: OperationStatus, app: AppStatus | undefined): string[] {
  const next = `See: zdm logs ${name} --err`;
  const replaced = operation.receipt?.replaced ?? 0;
  if (app === undefined) {
    if (!bringsCode(operation.kind) || replaced > 0) return [`  ${next}`];
    return [`  The old code (generation ${operation.from}) keeps serving. ${next}`];
  }
  return [`  ${servingText(app)} ${next}`];
}

/** Who serves at this moment, and which code: `Serving now: 4 of 4 workers, 3 of generation 1, 1 of generation 2.` */
export function servingText({ name, up, wanted, workers }: AppStatus): string {
  if (up === 0) return `Nothing of ${name} is running now.`;
  const online = workers.filter(({ stage }) => stage === 'online').map(({ generation }) => generation);
  const generations = [...new Set(online)].toSorted((one, other) => one - other);
  const many = generations.map((one) => `${online.filter((other) => other === one).length} of generation ${one}`);
  const code = generations.length === 1 ? `generation ${generations[0]}` : many.join(', ');
  return `Serving now: ${[`${up} of ${plural(wanted, 'worker')}`, code].filter(Boolean).join(', ')}.`;
}
