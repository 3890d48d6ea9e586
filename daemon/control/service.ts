// zdmd as a service of the system, as `zdm startup` sets it up.
import { logEvent } from '../os/log.ts';
import { messageOf } from '../protocol/errors.ts';
import { stopTime } from '../protocol/stop-time.ts';
import type { Registry } from './registry.ts';
import { within } from './within.ts';

/** Whether a service manager started this process: its stop signal is for the apps, too. */
export function isService(env: NodeJS.ProcessEnv): boolean {
  return env['ZDM_SERVICE'] === '1';
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
