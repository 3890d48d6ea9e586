// Has the daemon do what was asked for, and says what came of it.
import type { Client } from '../daemon/client/types.ts';
import { messageOf } from '../daemon/protocol/errors.ts';
import { appsOf, commandOf } from './state/sheet.ts';
import type { DashState, Wish } from './state/state.ts';
import { kindText, runningOperation } from './paint/operation.ts';

export interface Surroundings {
  readonly state: () => DashState;
  /** One line for the user; `op` is the operation that it announces. */
  readonly say: (text: string, tone: 'plain' | 'bad', op?: string | null) => void;
  /** The living connection; null while the daemon is away. */
  readonly client: () => Client | null;
  /** Who asks, for the record. */
  readonly by: string;
  /** How a rollout that begins is aborted, in words. */
  readonly abort: string;
}

/** Says at most two lines: what is asked, and what came of it. */
export async function carryOut({ state, say, client, by, abort }: Surroundings, wish: Wish): Promise<void> {
  const { change, targets, scale, slot } = wish;
  const what = targets.length === 1 ? (targets[0] ?? '') : `${targets.length} apps`;
  const daemon = client();
  if (daemon === null) return say(`No ${changeWord(change)} of ${what}: the daemon does not answer.`, 'bad');
  const same = commandOf(state(), wish);
  const waits = waitsFor(state(), wish);
  say(`Asking: ${same} …`, 'plain');
  try {
    if (isSteering(change)) {
      const refs = await daemon.call('control', { action: change, targets, by });
      const done = refs.some(({ op }) => op !== null);
      return done ? say(`Done. Same as: ${same}`, 'plain') : say(`There is nothing to ${change}.`, 'bad');
    }
    const refs = await daemon.call('operate', { kind: change, targets, by, slot, ...(scale && { scale }) });
    const [first] = refs;
    if (refs.every(({ op }) => op === null)) return say(`Nothing to do for ${what}. Same as: ${same}`, 'plain');
    const hint = rolls(wish) && change !== 'rehearse' ? ` ${abort}` : '';
    const begun = `Started: ${changeWord(change)} of ${what}.${hint}`;
    say(`${waits ?? begun} Same as: ${same}`, 'plain', first?.op ?? null);
  } catch (error) {
    say(`No ${changeWord(change)} of ${what}: ${messageOf(error)}`, 'bad');
  }
}

/** A rollout of one app, which has a screen of its own. */
export function rolls({ change, targets }: Wish): boolean {
  return targets.length === 1 && ROLLS.has(change);
}

/** What has to wait for a rollout that runs; null when it begins at once. A stop does not wait. */
function waitsFor(state: DashState, { change, targets }: Wish): string | null {
  const [app] = appsOf(state, targets);
  const running = app === undefined || targets.length > 1 || !ROLLS.has(change) ? null : runningOperation(app);
  if (running === null) return null;
  const newer = change === 'reload' ? ' A newer one takes its place.' : '';
  return `The ${changeWord(change)} waits for the ${kindText(running.kind)} that runs.${newer}`;
}

/** What is asked for, as a noun. */
export function changeWord(change: Wish['change']): string {
  return change === 'rehearse' ? kindText(change) : change;
}

const ROLLS: ReadonlySet<Wish['change']> = new Set(['reload', 'rehearse', 'rollback', 'restart', 'replace']);

function isSteering(change: Wish['change']): change is 'abort' | 'pause' | 'resume' | 'finish' {
  return change === 'abort' || change === 'pause' || change === 'resume' || change === 'finish';
}
