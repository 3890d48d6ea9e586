// zdmd as a service of the system, as `zdm startup` sets it up.
import { askOnce } from '../os/ask-once.ts';
import { takeLock } from '../os/lock.ts';
import { logEvent } from '../os/log.ts';
import type { Methods } from '../protocol/contract.ts';
import { messageOf } from '../protocol/errors.ts';
import type { Layout } from '../protocol/layout.ts';
import { stopTime } from '../protocol/stop-time.ts';
import type { Registry } from './registry.ts';
import { within } from './within.ts';

/** A command is done with the daemon that it has started after this time (ms), or nearly always. */
const POLITE = 1_000;
/** A daemon that steps down ends at once. */
const TAKE_OVER_LIMIT = 5_000;
const POLL = 20;

/** Whether a service manager started this process: its stop signal is for the apps, too. */
export function isService(env: NodeJS.ProcessEnv): boolean {
  return env['ZDM_SERVICE'] === '1';
}

/**
 * Takes the place of a daemon that was started otherwise, when whoever started it has had time to say what they wanted of it. What
 * gives the lock back; null when it does not let go.
 */
export async function takeOver({ daemonLock, daemonSocket }: Layout): Promise<(() => void) | null> {
  // Two services of one home would end each other for ever.
  if (await isOfService(daemonSocket)) return null;
  const release = await lockWithin(daemonLock, POLITE);
  if (release) return release;
  await askOnce(daemonSocket, (peer) => peer.call('stepDown', {})).catch((error: unknown) =>
    // It may just be ending.
    logEvent('the running daemon does not step down', { error: messageOf(error) }),
  );
  return lockWithin(daemonLock, TAKE_OVER_LIMIT);
}

async function isOfService(socket: string): Promise<boolean> {
  const answer = (await askOnce(socket, (peer) => peer.call('ping', {})).catch(() => null)) as
    | Methods['ping']['result']
    | null;
  return answer?.service === true;
}

async function lockWithin(lock: string, limit: number): Promise<(() => void) | null> {
  for (const until = performance.now() + limit; performance.now() < until;) {
    const release = takeLock(lock);
    if (release) return release;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  return null;
}

/** Stops every app; the next daemon starts those that should run. Resolves when all have had their time; false when one is left. */
export async function restAll(registry: Registry): Promise<boolean> {
  const apps = registry.find([]);
  logEvent('stopping all apps', { apps: apps.length });
  const rest = apps.map((app) =>
    app.rest().catch((error: unknown) => logEvent('cannot be stopped', { app: app.name, error: messageOf(error) })),
  );
  await within(stopTime(apps.map(({ record }) => record.spec)), Promise.all(rest));
  return apps.every(({ hasMaster }) => !hasMaster);
}
