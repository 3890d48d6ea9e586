// zdmd as a service of the system, as `zdm startup` sets it up.
import { logEvent } from '../os/log.ts';
import { takeLock } from '../os/lock.ts';
import { connectPeer } from '../os/unix-socket.ts';
import { PROTOCOL } from '../protocol/contract.ts';
import { messageOf } from '../protocol/errors.ts';
import { ANSWER_LIMIT } from '../protocol/frames.ts';
import type { Layout } from '../protocol/layout.ts';
import { stopTime } from '../protocol/stop-time.ts';
import { VERSION } from '../protocol/version.ts';
import type { Registry } from './registry.ts';
import { within } from './within.ts';

/** Times (ms) for a daemon in the way: how long it is left in peace, how long it may take to go. */
const POLITE = 2_000;
const LIMIT = 10_000;
const POLL = 100;

/** Whether a service manager started this process: its stop signal is for the apps, too. */
export function isService(env: NodeJS.ProcessEnv): boolean {
  return env['ZDM_SERVICE'] === '1';
}

/**
 * The lock of a daemon that somebody else has started, who has to give way: apps go on. Null when it does not. Whoever started it
 * may still be talking to it, so it is not hurried.
 */
export async function takeOver({ daemonSocket, daemonLock }: Layout): Promise<(() => void) | null> {
  const [politeUntil, until] = [Date.now() + POLITE, Date.now() + LIMIT];
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, POLL));
    const release = takeLock(daemonLock);
    if (release) return release;
    if (Date.now() > politeUntil) await askToStepDown(daemonSocket).catch(() => undefined);
  }
  return null;
}

async function askToStepDown(socket: string): Promise<void> {
  const { peer, close } = await connectPeer(socket, ANSWER_LIMIT, () => undefined);
  try {
    await peer.call('hello', { protocol: PROTOCOL, version: VERSION });
    await peer.call('stepDown', {});
    logEvent('took over', { socket });
  } finally {
    close();
  }
}

/** Stops every app; the next daemon starts those that should run. Resolves when all have had their time; false when one is left. */
export async function restAll(registry: Registry): Promise<boolean> {
  const apps = registry.find([]);
  logEvent('stopping all apps', { apps: apps.length });
  const rest = apps.map((app) =>
    app.rest().catch((error: unknown) => logEvent('cannot be stopped', { app: app.name, error: messageOf(error) })),
  );
  await within(stopTime(apps.map(({ record }) => record.spec)), Promise.all(rest));
  return apps.every(({ hasMaster, isUnreachable }) => !hasMaster && !isUnreachable);
}
