// zdmd as a service of the system, as `zdm startup` sets it up.
import { takeLock } from '../os/lock.ts';
import { logEvent } from '../os/log.ts';
import { connectPeer } from '../os/unix-socket.ts';
import { PROTOCOL, type Methods } from '../protocol/contract.ts';
import { messageOf } from '../protocol/errors.ts';
import { ANSWER_LIMIT } from '../protocol/frames.ts';
import type { Layout } from '../protocol/layout.ts';
import { stopTime } from '../protocol/stop-time.ts';
import { VERSION } from '../protocol/version.ts';
import type { Registry } from './registry.ts';
import { within } from './within.ts';

/** A daemon that steps down ends at once. */
const TAKE_OVER_LIMIT = 5_000;
const POLL = 20;

/** Whether a service manager started this process: its stop signal is for the apps, too. */
export function isService(env: NodeJS.ProcessEnv): boolean {
  return env['ZDM_SERVICE'] === '1';
}

/** Takes the place of a daemon that was started otherwise. What gives the lock back; null when it does not let go. */
export async function takeOver(layout: Layout): Promise<(() => void) | null> {
  try {
    const { peer, close } = await connectPeer(layout.daemonSocket, ANSWER_LIMIT, () => undefined);
    await peer.call('hello', { protocol: PROTOCOL, version: VERSION });
    const { service } = (await peer.call('ping', {})) as Methods['ping']['result'];
    // Two services of one home would end each other for ever.
    if (service) return null;
    await peer.call('stepDown', {});
    close();
  } catch (error) {
    // It may just be ending, or starting.
    logEvent('the running daemon does not step down', { error: messageOf(error) });
  }
  for (const until = Date.now() + TAKE_OVER_LIMIT; Date.now() < until;) {
    const release = takeLock(layout.daemonLock);
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
