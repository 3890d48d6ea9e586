import { exitWords, formatTook, plural, retryText } from '../../daemon/protocol/format.ts';
import type { AppState, AppStatus, ExitRecord, OperationStatus } from '../../daemon/protocol/model.ts';
import { cleanText } from './clean-text.ts';
import type { Glyphs, Meaning } from './style.ts';

/** An app's state as one glyph and a word or two. */
export interface StateWords {
  readonly glyph: keyof Glyphs;
  readonly word: string;
  readonly meaning: Meaning;
}

/** What is wrong with an app, and what to do next. */
export interface Problem {
  /** A sentence about the app. */
  readonly text: string;
  /** The same for a place where the app's name and state stand already. */
  readonly why: string;
  readonly next: string;
}

const STATES: Readonly<Record<AppState, StateWords>> = {
  online: { glyph: 'online', word: 'online', meaning: 'good' },
  starting: { glyph: 'starting', word: 'starting', meaning: 'busy' },
  stopping: { glyph: 'draining', word: 'stopping', meaning: 'leaving' },
  backoff: { glyph: 'backoff', word: 'backoff', meaning: 'warning' },
  errored: { glyph: 'errored', word: 'errored', meaning: 'bad' },
  stopped: { glyph: 'stopped', word: 'stopped', meaning: 'quiet' },
  unreachable: { glyph: 'unknown', word: 'unreachable', meaning: 'quiet' },
};

/** The state, or the operation that runs: `online`, `reload 2/4`, `paused 2/4`. */
export function stateWords(app: AppStatus): StateWords {
  const running = runningOperation(app);
  const isRollout = running !== undefined && running.slots.length > 0;
  if (!isRollout || running.kind === 'stop' || running.kind === 'delete') return STATES[app.state];
  const done = running.slots.filter(({ phase }) => phase === 'done' || phase === 'draining').length;
  const word = running.paused ? 'paused' : running.kind;
  return { glyph: 'reload', word: `${word} ${done}/${running.slots.length}`, meaning: 'busy' };
}

/** What the user should look at; undefined when the app is well, or as it was asked to be. */
export function problemOf(app: AppStatus, now: number): Problem | undefined {
  const next = app.state === 'unreachable' ? `zdm describe ${app.name}` : `zdm logs ${app.name} --err`;
  if (app.state === 'errored' || app.state === 'backoff' || app.state === 'unreachable') {
    const why = cause(app, now);
    return { text: `${app.name} is ${stateText(app.state)}: ${why}`, why, next };
  }
  if (runningOperation(app) !== undefined) return undefined;
  if (app.state === 'online' && app.up < app.wanted) {
    const why = cause(app, now);
    return { text: `${app.name} has ${app.up} of ${plural(app.wanted, 'worker')}: ${why}`, why, next };
  }
  const failed = app.operations.findLast(({ phase }) => phase === 'done' || phase === 'failed');
  if (failed?.phase !== 'failed' || failed.failure === null) return undefined;
  const why = withoutDot(`the last ${failed.kind} failed: ${cleanText(failed.failure.reason)}`);
  return { text: `${app.name}: ${why}`, why, next: `zdm describe ${app.name}` };
}

/** The operation that is under way. */
export function runningOperation(app: AppStatus): OperationStatus | undefined {
  return app.operations.find(({ phase }) => phase === 'running');
}

/** `slot 2 ended with exit code 1 after 0.4s`. */
export function exitText(exit: ExitRecord): string {
  return `slot ${exit.slot} ended with ${exitWords(exit.code, exit.signal)} after ${formatTook(exit.uptime)}`;
}

/** Why it is in its state, and when something dead in it is tried again; empty when there is nothing to explain. */
export function reasonOf({ reason, retryAt }: AppStatus, now: number): string {
  const retry = retryAt === null ? '' : `; ${retryText(retryAt, now)}`;
  return reason === null ? '' : withoutDot(cleanText(reason)) + retry;
}

function cause(app: AppStatus, now: number): string {
  if (app.reason !== null) return reasonOf(app, now);
  return app.lastExit === null ? 'no reason is known' : exitText(app.lastExit);
}

function stateText(state: AppState): string {
  return state === 'backoff' ? 'waiting to start again' : state;
}

function withoutDot(text: string): string {
  return text.replace(/\.$/, '');
}
