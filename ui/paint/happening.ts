// What happened to apps between two of their states, in plain words. Pure.
import { exitWords, formatTook, plural } from '../../daemon/protocol/format.ts';
import type { AppState, AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { verdictText } from './canary.ts';
import { endOf, eventWords, type OperationEvent } from './event.ts';
import type { Exit } from './exit.ts';
import { replacedSlots } from './label.ts';
import { changeText, kindText, tookOf } from './operation.ts';
import { reasonOf } from './problem.ts';
import type { Tone } from './theme.ts';

/** Something that happened, in words. */
export interface Told {
  readonly at: number;
  readonly text: string;
  readonly tone: Tone;
}

/** The same for programs as well: whose it is, of what kind, and its figures. */
export interface Happening extends Told {
  readonly app: string;
  readonly event: 'new' | 'state' | 'exit' | 'restart' | 'operation' | 'step' | 'note' | 'removed';
  readonly details: Readonly<Record<string, unknown>>;
}

/** In no order; of an app that was not there before nothing is told but that it is new. */
export function happenings(before: readonly AppStatus[], after: readonly AppStatus[], now: number): Happening[] {
  const known = new Map(before.map((app) => [app.name, app]));
  const there = new Set(after.map(({ name }) => name));
  const gone = before.filter(({ name }) => !there.has(name));
  return [
    ...gone.map(({ name }): Happening => {
      const text = `${name} is deleted`;
      return { app: name, event: 'removed', at: now, text, tone: 'plain', details: {} };
    }),
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

/** What an app remembers of before, oldest first. */
export function pastHappenings(app: AppStatus): Happening[] {
  return app.events.map((event) => {
    if (event.type === 'exit') return exitEvent(app.name, event);
    const { text, tone } = eventWords(event, app.spec);
    const details = { phase: event.reason === null ? 'done' : 'failed', ...endDetails(event) };
    return { app: app.name, event: 'operation', at: event.at, text: `${app.name} ${text}`, tone, details };
  });
}

function exitEvent(app: string, exit: { at: number } & Exit): Happening {
  const { at, slot, pid, generation, code, signal, uptime } = exit;
  const text = `${app} slot ${slot} g${generation} ended with ${exitWords(code, signal)} after ${formatTook(uptime)}`;
  return { app, event: 'exit', at, text, tone: 'bad', details: { slot, pid, generation, code, signal, uptime } };
}

/** Several workers may have died at once; the last of them is also told by itself. */
function newExits(was: AppStatus, { events, lastExit }: AppStatus): ({ readonly at: number } & Exit)[] {
  const exits = events.filter((event) => event.type === 'exit');
  const fresh = exits.filter(
    ({ at, pid }) => !was.events.some((past) => past.at === at && 'pid' in past && past.pid === pid),
  );
  const isLastNew = lastExit !== null && lastExit.at !== was.lastExit?.at;
  return fresh.length === 0 && isLastNew ? [lastExit] : fresh;
}

function stateEvents(was: AppStatus | null, app: AppStatus, now: number): Happening[] {
  const events: Happening[] = [];
  const { name, up, wanted, state, reason, restarts } = app;
  if (was !== null) events.push(...newExits(was, app).map((exit) => exitEvent(name, exit)));
  if (was !== null && restarts > was.restarts) {
    const text = `${name} has a new worker for the one that died, ${plural(restarts, 'restart')} since its start`;
    events.push({ app: name, event: 'restart', at: now, text, tone: 'warn', details: { restarts } });
  }
  if (was?.state === state) return events;
  const count = state === 'stopped' ? '' : `, ${up} of ${plural(wanted, 'worker')} online`;
  const word = state === 'backoff' ? 'in backoff' : state;
  const text = `${was === null ? 'new app: ' : ''}${name} is ${word}${reason === null ? count : `: ${reasonOf(app, now)}`}`;
  const details = { state, from: was?.state ?? null, reason, up, wanted };
  const event = was === null ? 'new' : 'state';
  return [...events, { app: name, event, at: now, text, tone: TONES[state] ?? 'plain', details }];
}

const TONES: Partial<Record<AppState, Tone>> = { online: 'good', backoff: 'bad', errored: 'bad', unreachable: 'bad' };

function operationEvents(
  app: AppStatus,
  was: OperationStatus | null,
  operation: OperationStatus,
  now: number,
): Happening[] {
  const { kind, steps, phase, paused, slots, by } = operation;
  const word = kindText(kind);
  const what = `${app.name} ${word}${changeText(operation)}`;
  const who = by === null ? '' : `, by ${by}`;
  const events: Happening[] = [];
  const { op, from, to } = operation;
  const add = (
    event: 'operation' | 'step' | 'note',
    { at, text, tone }: { at: number; text: string; tone?: Tone },
    details: object,
  ): void =>
    void events.push({ app: app.name, event, at, text, tone: tone ?? 'plain', details: { op, kind, ...details } });
  const tell = (told: string, at: number, text: string, tone: Tone = 'plain'): void =>
    add('operation', { at, text, tone }, { phase: told, by, from, to });
  if (phase === 'queued' && was === null)
    tell('queued', operation.askedAt, `${app.name} ${word} waits for its turn${who}`);
  if (operation.startedAt !== null && (was?.startedAt ?? null) === null) {
    const many = slots.length > 1 ? `, ${slots.length} slots` : '';
    tell('begun', operation.startedAt, `${what} begins${many}${who}`, 'busy');
  }
  for (const step of steps.slice(was?.steps.length ?? 0))
    add('step', { at: step.at, text: stepText(app, operation, step) }, { slot: step.slot, step: step.text });
  if (paused !== (was?.paused ?? false) && phase === 'running') {
    const done = `${replacedSlots(slots)} of ${slots.length} done`;
    tell(paused ? 'paused' : 'resumed', now, `${what} ${paused ? 'is paused' : 'goes on'}, ${done}`, 'warn');
  }
  const { returning, canary } = operation;
  if (returning !== null && (was?.returning ?? null) === null)
    tell('returning', now, `${what} goes back: ${returning}`, 'warn');
  if (canary !== null && canary.verdict !== null && (was?.canary?.verdict ?? null) === null) {
    tell('judged', now, `${what}: its canary ${verdictText(canary)}`, canary.verdict === 'pass' ? 'good' : 'warn');
  }
  if (operation.endedAt !== null && (was?.endedAt ?? null) === null) {
    const end = { at: operation.endedAt, text: `${what} ${endText(operation)}` };
    const failed = phase === 'failed';
    add('operation', { ...end, tone: failed ? 'bad' : 'good' }, { phase, ...endDetails(endOf(operation)) });
  }
  if (operation.note !== null && (was?.note ?? null) === null)
    add('note', { at: now, text: `${app.name}: ${operation.note}`, tone: 'warn' }, { note: operation.note });
  return events;
}

/** Of an operation that has ended, the same whether it was seen or is remembered. */
function endDetails({ op, kind, by, from, to, reason, took, receipt }: OperationEvent): object {
  return { op, kind, by, from, to, reason, took, receipt };
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
