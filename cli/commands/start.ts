import type { OperationRef } from '../../daemon/protocol/contract.ts';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import { byline } from '../by.ts';
import type { Command, Context } from '../command.ts';
import { isConfigFile } from '../config/locate.ts';
import { FOLLOW_OPTIONS, followingOf, followOperations } from '../follow.ts';
import { appOptions, readApps, type ReadApps } from '../read-apps.ts';

/** A script, a config file, or an app that is known already. */
export const start: Command = {
  name: 'start',
  aliases: [],
  args: ['[script]'],
  summary: 'start a script, the apps of a config file, or a stopped app',
  options: [...appOptions(), ...FOLLOW_OPTIONS],
  examples: [
    'zdm start api.js --name api -i 4',
    'zdm start server.mjs --wait-ready --env-file .env -- --port 3000',
    'zdm start ecosystem.config.cjs --env production',
    'zdm start api',
  ],
  async run(context, [target], options) {
    let apps: ReadApps;
    try {
      apps = await readApps(context, 'start', target, options);
    } catch (error) {
      const isNoScript = error instanceof ZdmError && error.code === 'NO_SUCH_SCRIPT';
      if (!isNoScript || target === undefined || isConfigFile(target)) throw error;
      return startKnown(context, target, error, options);
    }
    const { specs, fromConfig, file } = apps;
    const client = await context.connect();
    const by = byline('start', [file]);
    const refs = await client.call('start', { specs, replace: fromConfig, by }, 30_000);
    return followOperations(context, client, refs, { steps: false, ...followingOf(options) });
  },
};

/** There is no such script; perhaps it is the name or id of an app. */
async function startKnown(
  context: Context,
  target: string,
  noScript: ZdmError,
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const client = await context.connectIfKnown();
  if (!client) throw noScript;
  let refs: readonly OperationRef[];
  try {
    const by = byline('start', [target]);
    refs = await client.call('operate', { kind: 'start', targets: [target], by }, 30_000);
  } catch (error) {
    client.close();
    throw error instanceof ZdmError && error.code === 'NO_SUCH_APP' ? noScript : error;
  }
  return followOperations(context, client, refs, { steps: false, ...followingOf(options) });
}
