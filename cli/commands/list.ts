import type { AppStatus } from '../../daemon/protocol/model.ts';
import type { Command, Context } from '../command.ts';
import { paintList } from '../output/list.ts';

/** All apps in one table. */
export const list: Command = {
  name: 'list',
  aliases: ['ls', 'l', 'ps', 'status'],
  args: [],
  summary: 'show all apps',
  options: [
    { flags: '--json', description: 'Everything, as JSON' },
    { flags: '-p, --pids', description: 'Show the pids of the workers' },
    { flags: '-w, --wide', description: 'Show every column, however wide' },
  ],
  examples: ['zdm list', 'zdm ls --json'],
  async run(context, _args, options) {
    const apps = await readApps(context);
    if (options['json']) printJson(context, apps);
    else context.print(paintList(apps, paintOptions(context, options)));
    return 0;
  },
};

/** PM2's name for `list --json`. */
export const jlist: Command = {
  name: 'jlist',
  aliases: [],
  args: [],
  summary: 'the same as list --json',
  options: [],
  examples: ['zdm jlist'],
  async run(context) {
    printJson(context, await readApps(context));
    return 0;
  },
};

async function readApps(context: Context): Promise<readonly AppStatus[]> {
  const client = await context.connectIfKnown();
  if (!client) return [];
  const apps = await client.call('list', {});
  client.close();
  return apps;
}

function printJson(context: Context, apps: readonly AppStatus[]): void {
  context.print([JSON.stringify(apps, null, context.isTerminal ? 2 : 0)]);
}

function paintOptions(
  { width, style }: Context,
  options: Readonly<Record<string, unknown>>,
): Parameters<typeof paintList>[1] {
  return { width, style, now: Date.now(), wide: options['wide'] === true, pids: options['pids'] === true };
}
