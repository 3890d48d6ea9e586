import type { Client } from '../daemon/client/types.ts';
import { ZdmError } from '../daemon/protocol/errors.ts';
import type { AppStatus } from '../daemon/protocol/model.ts';
import { resolveTargets } from '../daemon/protocol/targets.ts';
import type { Context } from './command.ts';

/** A client for doing something with the named apps; throws NO_SUCH_APP where nothing was ever started. Starts nothing for that. */
export async function reachApps(context: Context, targets: readonly string[]): Promise<Client> {
  const client = await context.connectIfKnown();
  if (client) return client;
  const what = targets[0] === 'all' ? 'There are no apps' : `There is no app "${targets[0]}"`;
  throw new ZdmError('NO_SUCH_APP', `${what}: nothing was ever started here.`, 'Start one: zdm start app.js');
}

/** The status of the named apps; throws NO_SUCH_APP. */
export async function findApps(context: Context, targets: readonly string[]): Promise<AppStatus[]> {
  const client = await reachApps(context, targets);
  const apps = await client.call('list', {});
  client.close();
  return resolveTargets(apps, targets);
}
