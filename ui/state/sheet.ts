// What a key asks for, whether anything stands in its way, and whether it needs an answer first. Pure.
import { plural } from '../../daemon/protocol/format.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import type { ChangeCommand } from '../keys.ts';
import { isUndecided, runningOperation } from '../paint/operation.ts';
import { selectedWorker } from './navigate.ts';
import { selectedApp, targetsOf, viewOf } from './select.ts';
import type { DashState, Wish } from './state.ts';

/** What a key means for the apps it is about; null when there is none. */
export function wishOf(state: DashState, command: ChangeCommand): Wish | null {
  // Below the overview there is one app; what was marked there is out of sight.
  const targets = targetsOf(state);
  if (targets.length === 0) return null;
  const apps = appsOf(state, targets);
  switch (command) {
    case 'toggle':
      return { change: apps.every(isDown) ? 'start' : 'stop', targets, scale: null };
    case 'more':
      return { change: 'scale', targets, scale: { mode: 'add', count: 1 } };
    case 'less':
      return { change: 'scale', targets, scale: { mode: 'add', count: -1 } };
    case 'pause': {
      const app = selectedApp(state);
      const operation = app === null ? null : runningOperation(app);
      const halted = operation !== null && (operation.paused || isUndecided(operation));
      return { change: halted ? 'resume' : 'pause', targets, scale: null };
    }
    case 'restart': {
      const worker = viewOf(state) === 'app' ? selectedWorker(state) : null;
      return worker === null
        ? { change: command, targets, scale: null }
        : { change: 'replace', targets, scale: null, slot: worker.slot };
    }
    case 'reload':
    case 'rollback':
    case 'delete':
    case 'abort':
    case 'finish':
      return { change: command, targets, scale: null };
  }
}

/**
 * A reload of one app drops nothing, refuses bad code and can be aborted: it does not ask. Unless a rollout runs already, or it
 * is none: of an app that owns its port, or that does not serve. A dry run replaces nothing.
 */
export function needsAnswer(state: DashState, { change, targets }: Wish): boolean {
  const [app, ...others] = appsOf(state, targets);
  if (change === 'rehearse') return false;
  if (change !== 'reload' || app === undefined || others.length > 0) return true;
  return runningOperation(app) !== null || app.spec.execMode === 'fork' || app.up === 0;
}

/** Why it cannot be done, in words; null when it can. */
export function hindrance(state: DashState, { change, targets, scale }: Wish): string | null {
  const apps = appsOf(state, targets);
  const [app] = apps;
  if (app === undefined) return null;
  const whose = apps.length === 1 ? app.name : 'these apps';
  const steers = change === 'abort' || change === 'pause' || change === 'resume';
  if (steers && apps.every((one) => runningOperation(one) === null))
    return `There is nothing to ${change}: no rollout of ${whose} runs.`;
  if (change === 'finish' && !apps.some(({ workers }) => workers.some(({ stage }) => stage === 'draining')))
    return `No old worker of ${whose} drains.`;
  if (change === 'rollback' && apps.every(({ previous }) => previous === null))
    return `There is no release of ${whose} to go back to: ${noneSince(apps.length)}`;
  if (apps.length === 1 && change === 'scale' && scale?.mode === 'add' && app.wanted + scale.count < 1)
    return `${app.name} has ${plural(app.wanted, 'worker')}, and one stays. To stop it: zdm stop ${app.name}`;
  return null;
}

function noneSince(count: number): string {
  return `nothing was rolled out since ${count === 1 ? 'its' : 'their'} start.`;
}

/** The command line that does the same. */
export function commandOf({ apps }: Pick<DashState, 'apps'>, { change, targets, scale, slot }: Wish): string {
  const whom = targets.length > 1 && targets.length === apps.length ? 'all' : targets.join(' ');
  const count = scale === null ? '' : ` ${scale.mode === 'add' && scale.count > 0 ? '+' : ''}${scale.count}`;
  // It takes one app at a time.
  if (change === 'scale') return targets.map((target) => `zdm scale ${target}${count}`).join('; ');
  if (change === 'rehearse') return `zdm reload ${whom} --dry-run`;
  if (change === 'replace') return `zdm restart ${whom} --slot ${slot}`;
  return `zdm ${change} ${whom}`;
}

/** The apps that it is about. */
export function appsOf({ apps }: Pick<DashState, 'apps'>, targets: readonly string[]): readonly AppStatus[] {
  return apps.filter(({ name }) => targets.includes(name));
}

/** Nothing of it runs, nor will by itself. */
function isDown({ state }: AppStatus): boolean {
  return state === 'stopped' || state === 'errored';
}
