import { ZdmError } from '../daemon/protocol/errors.ts';
import type { AppStatus } from '../daemon/protocol/model.ts';
import { resolveTargets } from '../daemon/protocol/targets.ts';
import type { Context } from './command.ts';

/** The status of the named apps; throws NO_SUCH_APP. Starts no daemon. */
export async function findApps(context: Context, targets: readonly string[]): Promise<AppStatus[]> {
  const client = await context.connectIfKnown();
  if (!client)
    throw new ZdmError(
      'NO_SUCH_APP',
      `There is no app "${targets[0]}": no daemon runs here.`,
      'Start one: zdm start app.js',
    );
  const apps = await client.call('list', {});
  client.close();
  return resolveTargets(apps, targets);
}
