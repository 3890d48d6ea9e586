// The words in which a change is asked for, from the live figures. Pure.
import { formatAge, plural } from '../../daemon/protocol/format.ts';
import type { AppStatus, OperationKind } from '../../daemon/protocol/model.ts';
import {
  isUndecided,
  kindText,
  latestOperation,
  queuedOperation,
  runningOperation,
  tookOf,
} from '../paint/operation.ts';
import { surgeText } from '../paint/strategy.ts';
import { warmLeft } from '../paint/release.ts';
import { appsOf, commandOf } from './sheet.ts';
import type { DashState, Wish } from './state.ts';

/** Names that a question spells out. */
const NAMED = 5;

/** The question of a sheet. */
export interface Question {
  readonly title: string;
  /** Whom it is about, where they are several. */
  readonly names: string | null;
  /** What will happen, in sentences; the most important first. */
  readonly lines: readonly string[];
  /** The command line that does the same. */
  readonly same: string;
  /** What has to be typed; null where one key is enough. */
  readonly word: string | null;
}

/** The question for a change. */
export function questionOf(state: DashState, wish: Wish): Question {
  const apps = appsOf(state, wish.targets);
  const what = wish.targets.length === 1 ? (wish.targets[0] ?? '') : plural(wish.targets.length, 'app');
  return {
    title: titleOf(wish, what),
    names: wish.targets.length > 1 ? nameList(wish.targets) : null,
    lines: effects(wish, apps, state.now),
    same: commandOf(state, wish),
    word: wordOf(state, wish),
  };
}

/** Something that cannot be taken back asks for a word. */
function wordOf({ apps }: DashState, { change, targets }: Wish): string | null {
  const everything = targets.length > 1 && targets.length === apps.length;
  if (change === 'stop') return everything ? 'all' : null;
  if (change !== 'delete') return null;
  return targets.length === 1 ? (targets[0] ?? '') : everything ? 'all' : 'delete';
}

function titleOf({ change, scale, slot }: Wish, what: string): string {
  switch (change) {
    case 'replace':
      return `Replace the worker of slot ${slot} of ${what}?`;
    case 'scale': {
      const count = scale?.count ?? 0;
      if (scale?.mode === 'set') return `Run ${plural(count, 'worker')} of ${what}?`;
      const some = Math.abs(count) === 1 ? 'One worker' : plural(Math.abs(count), 'worker');
      return `${some} of ${what} ${count < 0 ? 'less' : 'more'}?`;
    }
    case 'abort':
      return `Abort the rollout of ${what}?`;
    case 'pause':
      return `Pause the rollout of ${what}?`;
    case 'resume':
      return `Go on with the rollout of ${what}?`;
    case 'finish':
      return `End the drain of ${what} now?`;
    case 'rollback':
      return `Roll back ${what}?`;
    case 'rehearse':
      return `Start a new worker of ${what} and throw it away?`;
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
  const took = change === 'reload' || change === 'restart' ? lasted(apps, change) : '';
  switch (change) {
    case 'reload':
      return [`${plural(workers, 'worker')}, ${orderOf(apps)}.${took}`, ...apart(apps)];
    case 'rollback':
      return [...apps.map((app) => rollbackEffect(app, apps.length > 1, now)), ...waits(apps)];
    case 'rehearse':
      return ['It gets no traffic; what serves goes on.'];
    case 'restart':
      return [`${does(workers, 'worker', 'stop')}, then start again.${took}${held(apps)}`, ...waits(apps)];
    case 'replace':
      return [
        apps.some(({ spec }) => spec.execMode === 'fork')
          ? 'The app owns its port: this worker stops before its successor starts.'
          : 'By one of the same code, which is ready before the old one goes.',
        ...waits(apps),
      ];
    case 'stop':
      return [`${does(workers, 'worker', 'stop')}. Requests in flight may finish; ${end}.`, ...ends(apps)];
    case 'start':
      return [`${does(wantedOf(apps), 'worker', 'start')}.`];
    case 'delete':
      return [`${does(workers, 'worker', 'stop')} now, ${end}. The log files stay.`, ...ends(apps)];
    case 'scale':
      if (workers === 0) return ['It does not run: the number holds from its next start.'];
      return [
        scale?.mode === 'add' && scale.count < 0
          ? 'The last worker goes when another one has its idle connections.'
          : 'The others keep serving meanwhile.',
        ...waits(apps),
      ];
    case 'abort':
      return apps.map(abortEffect);
    case 'pause':
      return ['What is starting or draining goes on; no further slot is taken up. Both generations serve.'];
    case 'resume':
      return [...apps.flatMap(doubtOf), 'The slots that still run the old code are replaced, too.'];
    case 'finish':
      return apps.map((app) => finishEffect(app, now));
  }
}

/** How a reload goes about it; of several apps, what holds for all. */
function orderOf(apps: readonly AppStatus[]): string {
  const [{ spec } = { spec: null }, ...others] = apps;
  const strategy = others.length > 0 || spec?.execMode === 'fork' ? null : spec?.strategy;
  if (strategy === 'blue-green') return 'all new ones ready before all old ones go at once';
  if (strategy === 'canary') return 'a canary first, then the rest, the new one ready before the old one goes';
  const many = spec === null || others.length > 0 ? 1 : spec.surge.value;
  const step = many === 1 || spec === null ? 'one at a time' : surgeText(spec.surge);
  return `${step}, the new one ready before the old one goes`;
}

/** What is not so for some of the apps of a reload. */
function apart(apps: readonly AppStatus[]): string[] {
  const owning = apps.filter(({ spec, up }) => spec.execMode === 'fork' && up > 0);
  const down = apps.filter(({ up }) => up === 0);
  const said: string[] = [];
  if (owning.length > 0)
    said.push(`${nameList(owning.map(({ name }) => name))} This is a restart with a gap: it owns its port.`);
  if (down.length > 0) said.push(`${nameList(down.map(({ name }) => name))} It does not serve: this starts it.`);
  if (said.length === 0 && apps.every((app) => runningOperation(app) === null))
    said.push('A new worker that does not come up ends it: the old code keeps serving.');
  return [...said, ...queues(apps)];
}

/** Connections to a port that zdm owns wait for the next worker. */
function held(apps: readonly AppStatus[]): string {
  return apps.every(({ spec }) => spec.execMode === 'cluster') ? ' Connections wait meanwhile.' : '';
}

function waits(apps: readonly AppStatus[]): string[] {
  return apps.some((app) => runningOperation(app) !== null) ? ['A rollout runs: this begins when it has ended.'] : [];
}

/** Of reloads that wait only the newest is of interest. */
function queues(apps: readonly AppStatus[]): string[] {
  const [app, ...others] = apps;
  const running = app === undefined || others.length > 0 ? null : runningOperation(app);
  if (app === undefined || running === null) return waits(apps);
  const waiting = queuedOperation(app);
  const begins = `A ${kindText(running.kind)} runs: this begins when it has ended.`;
  if (waiting?.kind === 'reload') return [`${begins} It takes the place of the reload that waits.`];
  return [`${begins} A newer one takes its place.`];
}

function ends(apps: readonly AppStatus[]): string[] {
  return apps.some((app) => runningOperation(app) !== null) ? ['The rollout that runs ends with it.'] : [];
}

function abortEffect(app: AppStatus): string {
  const { slots = [], from, to } = runningOperation(app) ?? {};
  const replaced = slots.filter(({ phase }) => phase === 'done' || phase === 'draining' || phase === 'proving').length;
  if (from !== to && replaced > 0) return `${does(replaced, 'slot', 'return')} to the old code.`;
  const kept = `${does(slots.length - replaced, 'slot', 'keep')} the old code`;
  return replaced === 0 ? `${kept}.` : `${does(replaced, 'slot', 'run')} the new code already, ${kept}.`;
}

/** What a rollback comes to, and whether that takes a boot. */
function rollbackEffect(app: AppStatus, named: boolean, now: number): string {
  const who = named ? `${app.name}: ` : '';
  if (app.previous === null) return `${who}there is no release to go back to.`;
  const { generation, script } = app.previous;
  const what = `${who}${named ? 'to' : 'To'} generation ${generation} (${script})`;
  const left = warmLeft(app, now);
  if (left !== null) return `${what}, at once: its workers are warm for ${formatAge(left + 999)}.`;
  return `${what}: its workers are started anew, as in a reload.`;
}

/** Why a canary waits for a person. */
function doubtOf(app: AppStatus): string[] {
  const operation = runningOperation(app);
  if (operation === null || !isUndecided(operation)) return [];
  return [
    `The canary is inconclusive${(operation.canary?.reason ?? '') === '' ? '' : `: ${operation.canary?.reason}`}.`,
  ];
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
    return last?.phase === 'done' ? [tookOf(last)] : [];
  });
  return known.length === 0 ? '' : ` About ${formatAge(Math.max(1000, ...known))}.`;
}

function nameList(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more.` : `${names.join(', ')}.`;
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

function sum(apps: readonly AppStatus[], of: (app: AppStatus) => number): number {
  return apps.reduce((total, app) => total + of(app), 0);
}
