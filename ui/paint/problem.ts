// What is wrong with an app, in words, and what to do next.
import { plural, retryText } from '../../daemon/protocol/format.ts';
import type { AppState, AppStatus, OperationStatus } from '../../daemon/protocol/model.ts';
import { exitText } from './exit.ts';
import { isDropped, isUndecided, kindText, runningOperation } from './operation.ts';
import { clean } from './text.ts';

export interface Problem {
  /** A sentence about the app. */
  readonly text: string;
  /** The same for a place where the app's name and state stand already. */
  readonly why: string;
  /** A command. */
  readonly next: string;
}

/** What the user should look at; null when the app is well, or as it was asked to be. */
export function problemOf(app: AppStatus, now: number): Problem | null {
  const { name } = app;
  const next = app.state === 'unreachable' ? `zdm describe ${name}` : `zdm logs ${name} --err`;
  if (app.state === 'errored' || app.state === 'backoff' || app.state === 'unreachable') {
    const why = cause(app, now);
    return { text: `${name} is ${stateText(app.state)}: ${why}`, why, next };
  }
  const running = runningOperation(app);
  if (running !== null) return isUndecided(running) ? undecided(app, running) : null;
  if (app.state === 'online' && app.up < app.wanted) {
    const why = cause(app, now);
    return { text: `${name} has ${app.up} of ${plural(app.wanted, 'worker')}: ${why}`, why, next };
  }
  const ended = app.operations.filter((operation) => !isDropped(operation));
  const failed = ended.findLast(({ phase }) => phase === 'done' || phase === 'failed');
  if (failed?.phase !== 'failed' || failed.failure === null) return null;
  const why = `the last ${kindText(failed.kind)} failed: ${withoutDot(failed.failure.reason)}`;
  return { text: `${name}: ${why}`, why, next: `zdm describe ${name}` };
}

/** Nothing goes on before a person has said so. */
function undecided({ name }: AppStatus, { canary }: OperationStatus): Problem {
  const reason = canary?.reason ?? null;
  const why = `the canary is inconclusive${reason === null ? '' : `: ${withoutDot(reason)}`}`;
  return { text: `${name}: ${why}`, why, next: `zdm dash ${name}` };
}

/** Whether it should run, and does not with all its workers. */
export function lacksWorkers({ state, up, wanted }: AppStatus): boolean {
  switch (state) {
    case 'errored':
    case 'backoff':
    case 'unreachable':
      return true;
    case 'stopping':
    case 'stopped':
      return false;
    case 'online':
    case 'starting':
      return up < wanted;
  }
}

/** A reason as a part of a sentence. */
export function withoutDot(reason: string): string {
  return clean(reason).replace(/\.$/, '');
}

/** Why it is in its state, and when something dead in it is tried again; empty when there is nothing to explain. */
export function reasonOf({ reason, retryAt }: AppStatus, now: number): string {
  const retry = retryAt === null ? '' : `; ${retryText(retryAt, now)}`;
  return reason === null ? '' : withoutDot(reason) + retry;
}

function cause(app: AppStatus, now: number): string {
  if (app.reason !== null) return reasonOf(app, now);
  return app.lastExit === null ? 'no reason is known' : exitText(app.lastExit);
}

function stateText(state: AppState): string {
  return state === 'backoff' ? 'waiting to start again' : state;
}
