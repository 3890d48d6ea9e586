// What a key asks for, whether that needs a question first, and the words of the question. Pure.
import { formatAge, plural } from '../../daemon/protocol/format.ts';
import type { AppStatus, OperationKind } from '../../daemon/protocol/model.ts';
import type { ChangeCommand } from '../keys.ts';
import { latestOperation, runningOperation } from '../paint/operation.ts';
import { selectedApp, targetsOf } from './select.ts';
import type { DashState, Wish } from './state.ts';

/** Names that a question spells out. */
const NAMED = 5;

/** The question of a sheet. */
export interface Question {
  readonly title: string;
  /** What will happen, in sentences. */
  readonly lines: readonly string[];
  /** The command line that does the same. */
  readonly same: string;
  /** What has to be typed; null where one key is enough. */
  readonly word: string | null;
}

/** What a key means for the apps it is about; null when there is none. */
export function wishOf(state: DashState, command: ChangeCommand): Wish | null {
  // Below the overview there is one app; what was marked there is out of sight.
  const targets = targetsOf(state);
  if (targets.length === 0) return null;
  const apps = state.apps.filter(({ name }) => targets.includes(name));
  switch (command) {
    case 'toggle':
      return { change: apps.every(isDown) ? 'start' : 'stop', targets, scale: null };
    case 'more':
      return { change: 'scale', targets, scale: { mode: 'add', count: 1 } };
    case 'less':
      return { change: 'scale', targets, scale: { mode: 'add', count: -1 } };
    case 'pause': {
      const app = selectedApp(state);
      const paused = app !== null && runningOperation(app)?.paused === true;
      return { change: paused ? 'resume' : 'pause', targets, scale: null };
    }
    case 'reload':
    case 'restart':
    case 'delete':
    case 'abort':
    case 'finish':
      return { change: command, targets, scale: null };
  }
}

/** A reload of one app drops nothing, refuses bad code and can be aborted: it does not ask, unless one runs already. */
export function needsAnswer(state: DashState, { change, targets }: Wish): boolean {
  const runs = state.apps.some((app) => targets.includes(app.name) && runningOperation(app) !== null);
  return change !== 'reload' || targets.length > 1 || runs;
}

/** Why it cannot be done, in words; null when it can. */
export function hindrance(state: DashState, { change, targets, scale }: Wish): string | null {
  const apps = appsOf(state, targets);
  const [app] = apps;
  const steers = change === 'abort' || change === 'pause' || change === 'resume';
  if (app && steers && runningOperation(app) === null)
    return `There is nothing to ${change}: no rollout of ${app.name} runs.`;
  if (app && change === 'finish' && !app.workers.some(({ stage }) => stage === 'draining'))
    return `No old worker of ${app.name} drains.`;
  if (app && apps.length === 1 && change === 'scale' && scale?.mode === 'add' && app.wanted + scale.count < 1)
    return `${app.name} has one worker. To stop it: S`;
  return null;
}

/** The question for a change. */
export function questionOf(state: DashState, wish: Wish): Question {
  const apps = appsOf(state, wish.targets);
  const what = wish.targets.length === 1 ? (wish.targets[0] ?? '') : plural(wish.targets.length, 'app');
  const names = wish.targets.length > 1 ? [nameList(wish.targets)] : [];
  return {
    title: titleOf(wish, what),
    lines: [...names, ...effects(wish, apps, state.now)],
    same: commandOf(state, wish),
    word: wordOf(state, wish),
  };
}

/** The command line that does the same. */
export function commandOf({ apps }: Pick<DashState, 'apps'>, { change, targets, scale }: Wish): string {
  const whom = targets.length > 1 && targets.length === apps.length ? 'all' : targets.join(' ');
  const count = scale === null ? '' : ` ${scale.mode === 'add' && scale.count > 0 ? '+' : ''}${scale.count}`;
  return `zdm ${change} ${whom}${count}`;
}

/** Something that cannot be taken back asks for a word. */
function wordOf({ apps }: DashState, { change, targets }: Wish): string | null {
  const everything = targets.length > 1 && targets.length === apps.length;
  if (change === 'stop') return everything ? 'all' : null;
  if (change !== 'delete') return null;
  return targets.length === 1 ? (targets[0] ?? '') : everything ? 'all' : 'delete';
}

function titleOf({ change, scale }: Wish, what: string): string {
  switch (change) {
    case 'scale':
      return (scale?.count ?? 0) < 0 ? `One worker of ${what} less?` : `One worker of ${what} more?`;
    case 'abort':
      return `Abort the rollout of ${what}?`;
    case 'pause':
      return `Pause the rollout of ${what}?`;
    case 'resume':
      return `Go on with the rollout of ${what}?`;
    case 'finish':
      return `End the drain of ${what} now?`;
    case 'reload':
    case 'restart':
    case 'stop':
    case 'start':
    case 'delete':
      return `${change.slice(0, 1).toUpperCase()}${change.slice(1)} ${what}?`;
  }
}

function effects({ change, scale }: Wish, apps: readonly AppStatus[], now: number): string[] {
  const end = does(connectionsOf(apps), 'open connection', 'end');
  const workers = onlineOf(apps);
  switch (change) {
    case 'reload':
      return [
        `${plural(workers, 'worker')}, one at a time, the new one ready before the old one goes.${lasted(apps, 'reload')}`,
        apps.some((app) => runningOperation(app) !== null)
          ? 'A rollout runs: this one begins when it has ended.'
          : 'A new worker that does not come up ends it: the old code keeps serving.',
      ];
    case 'restart':
      return [
        `${does(workers, 'worker', 'stop')}, then start again.${lasted(apps, 'restart')} Connections wait meanwhile.`,
      ];
    case 'stop':
      return [`${does(workers, 'worker', 'stop')}. Requests in flight may finish; ${end}.`];
    case 'start':
      return [`${does(wantedOf(apps), 'worker', 'start')}.`];
    case 'delete':
      return [`${does(workers, 'worker', 'stop')} now, ${end}. The log files stay.`];
    case 'scale':
      return (scale?.count ?? 0) < 0
        ? ['The last worker goes when another one has its idle connections.']
        : ['The others keep serving meanwhile.'];
    case 'abort':
      return apps.map(abortEffect);
    case 'pause':
      return ['What is starting or draining goes on; no further slot is taken up. Both generations serve.'];
    case 'resume':
      return ['The slots that still run the old code are replaced, too.'];
    case 'finish':
      return apps.map((app) => finishEffect(app, now));
  }
}

function abortEffect(app: AppStatus): string {
  const slots = runningOperation(app)?.slots ?? [];
  const replaced = slots.filter(({ readyAfter }) => readyAfter !== null).length;
  const kept = `${does(slots.length - replaced, 'slot', 'keep')} the old code`;
  return replaced === 0 ? `${kept}.` : `${does(replaced, 'slot', 'run')} the new code already, ${kept}.`;
}

function finishEffect({ workers }: AppStatus, now: number): string {
  const draining = workers.filter(({ stage }) => stage === 'draining');
  const open = draining.reduce((total, { connections }) => total + connections, 0);
  const last = Math.max(...draining.map(({ deadline }) => deadline ?? now));
  const had = open === 1 ? 'is cut; it had' : 'are cut; they had';
  return `${plural(open, 'connection')} of ${plural(draining.length, 'old worker')} ${had} ${formatAge(last - now)} left.`;
}

/** How long it took last time; empty when it is not known. */
function lasted(apps: readonly AppStatus[], kind: OperationKind): string {
  const known = apps.flatMap((app) => {
    const last = latestOperation({ ...app, operations: app.operations.filter((one) => one.kind === kind) });
    return last?.phase === 'done' && last.endedAt !== null ? [last.endedAt - (last.startedAt ?? last.askedAt)] : [];
  });
  return known.length === 0 ? '' : ` About ${formatAge(Math.max(1000, ...known))}.`;
}

function nameList(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more.` : `${names.join(', ')}.`;
}

function appsOf({ apps }: Pick<DashState, 'apps'>, targets: readonly string[]): readonly AppStatus[] {
  return apps.filter(({ name }) => targets.includes(name));
}

function onlineOf(apps: readonly AppStatus[]): number {
  return sum(apps, ({ workers }) => workers.filter(({ stage }) => stage === 'online').length);
}

function wantedOf(apps: readonly AppStatus[]): number {
  return sum(apps, ({ wanted }) => wanted);
}

/** `1 worker stops`, `2 workers stop`. */
function does(count: number, noun: string, verb: string): string {
  return `${plural(count, noun)} ${verb}${count === 1 ? 's' : ''}`;
}

function connectionsOf(apps: readonly AppStatus[]): number {
  return sum(apps, ({ workers }) => workers.reduce((total, { connections }) => total + connections, 0));
}

function isDown({ state }: AppStatus): boolean {
  return state === 'stopped' || state === 'errored';
}

function sum(apps: readonly AppStatus[], of: (app: AppStatus) => number): number {
  return apps.reduce((total, app) => total + of(app), 0);
}
