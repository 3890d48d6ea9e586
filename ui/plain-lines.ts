// What happened between two states, in lines of plain words: for screen readers, pipes and terminals without a cursor. Pure.
import { exitWords, formatAge, formatTook, plural } from '../daemon/protocol/format.ts';
import type { AppState, AppStatus, OperationStatus } from '../daemon/protocol/model.ts';
import { replacedSlots } from './paint/label.ts';
import { type Line, renderLine, span } from './paint/line.ts';
import { changeText, tookOf } from './paint/operation.ts';
import type { Theme, Tone } from './paint/theme.ts';
import { problemOf, reasonOf } from './paint/problem.ts';
import { workersOf } from './paint/usage.ts';
import { problemsOf } from './state/select.ts';
import type { DashState } from './state/state.ts';

interface Event {
  readonly at: number;
  readonly text: string;
  readonly tone: Tone;
}

/** In the order in which it happened. Of what was there before the daemon was first heard nothing is told. */
export function plainLines(before: DashState, after: DashState, theme: Theme): string[] {
  const events = linkEvents(before, after);
  if (before.link.heardAt !== null && before.apps !== after.apps) events.push(...appsEvents(before, after));
  return events.toSorted((a, b) => a.at - b.at).map((event) => plainLine(event, theme));
}

/** How things stand: `12:05:00 21 of 25 workers online, 1 problem: mailer exits with code 1, next try in 8s`. */
export function statusLine(state: DashState, theme: Theme): string {
  const { link, now, apps } = state;
  if (link.phase !== 'live') {
    const since = `no daemon for ${formatAge(now - link.since)}; apps keep running`;
    return plainLine({ at: now, text: since, tone: 'warn' }, theme);
  }
  const { up, wanted } = workersOf(apps);
  const workers = apps.length === 0 ? 'no apps' : `${up} of ${plural(wanted, 'worker')} online`;
  const problems = problemsOf(state);
  const [first] = problems;
  if (first === undefined) return plainLine({ at: now, text: workers, tone: 'plain' }, theme);
  const text = `${workers}, ${plural(problems.length, 'problem')}: ${problemOf(first, now)?.text ?? first.name}`;
  return plainLine({ at: now, text, tone: 'warn' }, theme);
}

/** One thing that happened, or an answer to a typed line. */
export function plainLine({ at, text, tone }: Event, theme: Theme): string {
  const line: Line = [span(`${theme.clock(at)} `, 'muted'), span(text, tone)];
  return renderLine(line, Infinity, theme);
}

function linkEvents({ link: was }: DashState, { link, now }: DashState): Event[] {
  if (was.phase === link.phase) return [];
  if (link.phase === 'lost') {
    const why = link.reason ?? 'the daemon was lost; apps do not need it to run';
    return [{ at: now, text: `${why} (trying again until it answers)`, tone: 'bad' }];
  }
  if (was.phase !== 'lost') return [];
  return [{ at: now, text: `the daemon answers again after ${formatAge(now - was.since)}`, tone: 'good' }];
}

function appsEvents(before: DashState, after: DashState): Event[] {
  const { now } = after;
  const known = new Map(before.apps.map((app) => [app.name, app]));
  const there = new Set(after.apps.map(({ name }) => name));
  const gone = before.apps.filter(({ name }) => !there.has(name));
  return [
    ...gone.map(({ name }): Event => ({ at: now, text: `${name} is deleted`, tone: 'plain' })),
    ...after.apps.flatMap((app) => {
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

function stateEvents(was: AppStatus | null, app: AppStatus, now: number): Event[] {
  const events: Event[] = [];
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
): Event[] {
  const { kind, steps, phase, paused, slots, by } = operation;
  const what = `${app.name} ${kind}${changeText(operation)}`;
  const who = by === null ? '' : `, by ${by}`;
  const events: Event[] = [];
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
