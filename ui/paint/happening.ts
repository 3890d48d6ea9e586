// What happened to apps between two of their states, in plain words. Pure.
import { exitWords, formatTook, plural } from '../../daemon/protocol/format.ts';
import type { AppState, AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { replacedSlots } from './label.ts';
import { changeText, tookOf } from './operation.ts';
import { reasonOf } from './problem.ts';
import type { Tone } from './theme.ts';

export interface Happening {
  readonly at: number;
  readonly text: string;
  readonly tone: Tone;
}

/** In no order; of an app that was not there before nothing is told but that it is new. */
export function happenings(before: readonly AppStatus[], after: readonly AppStatus[], now: number): Happening[] {
  const known = new Map(before.map((app) => [app.name, app]));
  const there = new Set(after.map(({ name }) => name));
  const gone = before.filter(({ name }) => !there.has(name));
  return [
    ...gone.map(({ name }): Happening => ({ at: now, text: `${name} is deleted`, tone: 'plain' })),
    ...after.flatMap((app) => {
      const was = known.get(app.name);
      if (was === app) return [];
      const operations = app.operations.flatMap((operation) => {
        const past = was?.operations.find(({ op }) => op === operation.op);
        return past === operation ? [] : operationEvents(app, past ?? null, operation, now);
      });
      return [...operations, ...stateEvents(was ?? null, app, now)];
    }),
  ];
}

function stateEvents(was: AppStatus | null, app: AppStatus, now: number): Happening[] {
  const events: Happening[] = [];
  const { lastExit, name, up, wanted } = app;
  const exit = lastExit !== null && lastExit.at !== was?.lastExit?.at ? lastExit : null;
  if (was !== null && exit !== null) {
    const how = `${exitWords(exit.code, exit.signal)} after ${formatTook(exit.uptime)}`;
    events.push({ at: exit.at, text: `${name} slot ${exit.slot} g${exit.generation} ended with ${how}`, tone: 'bad' });
  }
  if (was?.state === app.state) return events;
  const count = app.state === 'stopped' ? '' : `, ${up} of ${plural(wanted, 'worker')} online`;
  const word = app.state === 'backoff' ? 'in backoff' : app.state;
  const text = `${was === null ? 'new app: ' : ''}${name} is ${word}${app.reason === null ? count : `: ${reasonOf(app, now)}`}`;
  return [...events, { at: now, text, tone: TONES[app.state] ?? 'plain' }];
}

const TONES: Partial<Record<AppState, Tone>> = { online: 'good', backoff: 'bad', errored: 'bad', unreachable: 'bad' };

function operationEvents(
  app: AppStatus,
  was: OperationStatus | null,
  operation: OperationStatus,
  now: number,
): Happening[] {
  const { kind, steps, phase, paused, slots, by } = operation;
  const what = `${app.name} ${kind}${changeText(operation)}`;
  const who = by === null ? '' : `, by ${by}`;
  const events: Happening[] = [];
  const add = (at: number, text: string, tone: Tone = 'plain'): void => void events.push({ at, text, tone });
  if (phase === 'queued' && was === null) add(operation.askedAt, `${app.name} ${kind} waits for its turn${who}`);
  if (operation.startedAt !== null && (was?.startedAt ?? null) === null)
    add(operation.startedAt, `${what} begins${slots.length > 1 ? `, ${slots.length} slots` : ''}${who}`, 'busy');
  for (const step of steps.slice(was?.steps.length ?? 0)) add(step.at, stepText(app, operation, step));
  if (paused !== (was?.paused ?? false) && phase === 'running')
    add(now, `${what} ${paused ? 'is paused' : 'goes on'}, ${replacedSlots(slots)} of ${slots.length} done`, 'warn');
  if (operation.endedAt !== null && (was?.endedAt ?? null) === null)
    add(operation.endedAt, `${what} ${endText(operation)}`, phase === 'failed' ? 'bad' : 'good');
  if (operation.note !== null && (was?.note ?? null) === null) add(now, `${app.name}: ${operation.note}`, 'warn');
  return events;
}

/** Of a new worker that is ready generation and time are known exactly; the rest is told as the master tells it. */
function stepText(app: AppStatus, { slots, to }: OperationStatus, step: OperationStatus['steps'][number]): string {
  if (step.slot === null) return `${app.name} ${step.text}`;
  const after = slots.find(({ slot }) => slot === step.slot)?.readyAfter ?? null;
  const ready = step.text.startsWith('ready') && after !== null;
  return `${app.name} slot ${step.slot} ${ready ? `g${to} ready after ${formatTook(after)}` : step.text}`;
}

function endText(operation: OperationStatus): string {
  const { kind, receipt, failure } = operation;
  const took = formatTook(tookOf(operation));
  if (failure !== null) {
    const where = failure.slot === null ? '' : ` at slot ${failure.slot}`;
    return `failed after ${took}${where}: ${failure.reason}`;
  }
  if (receipt === null || receipt.slots === 0 || kind === 'start') return `done in ${took}`;
  const cut = `${plural(receipt.cut, 'connection')} cut`;
  return `done in ${took}, ${receipt.replaced} of ${plural(receipt.slots, 'slot')}, ${cut}, ${receipt.moved} moved`;
}
