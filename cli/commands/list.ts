import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { LIST_COLUMNS, type ListOptions, paintList, sortApps } from '../../ui/paint/list.ts';
import { lacksWorkers } from '../../ui/paint/problem.ts';
import { clean } from '../../ui/paint/text.ts';
import type { Command, Context } from '../command.ts';

/** All apps in one table. */
export const list: Command = {
  name: 'list',
  aliases: ['ls', 'l', 'ps', 'status'],
  args: [],
  summary: 'show all apps',
  options: [
    { flags: '--sort <column>', description: 'Biggest, worst or first in the alphabet on top' },
    { flags: '--columns <a,b,c>', description: 'These columns, in this order' },
    { flags: '-w, --wide', description: 'Show every column, however wide' },
    { flags: '-p, --pids', description: 'Show the pids of master and workers' },
    { flags: '-q, --quiet', description: 'Only the names' },
    { flags: '--check', description: 'Exit with 1 when an app that should run lacks workers' },
    { flags: '--json', description: 'Everything, as JSON' },
  ],
  examples: ['zdm list', 'zdm ls --sort cpu', 'zdm ls --columns name,state,pids', 'zdm ls --check -q'],
  async run(context, _args, options) {
    const look = lookOf(options);
    const apps = await readApps(context);
    if (options['json'] === true) printJson(context, apps);
    else if (options['quiet'] === true) context.print(sortApps(apps, look.sort).map(({ name }) => clean(name)));
    else context.print(paintList(apps, { ...look, width: context.width, theme: context.theme, now: Date.now() }));
    return options['check'] === true && apps.some(lacksWorkers) ? 1 : 0;
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

function lookOf(options: Readonly<Record<string, unknown>>): Pick<ListOptions, 'wide' | 'pids' | 'columns' | 'sort'> {
  const { sort, columns, wide, pids } = options;
  return {
    wide: wide === true,
    pids: pids === true,
    sort: typeof sort === 'string' ? columnNamed('--sort', sort) : undefined,
    columns: typeof columns === 'string' ? columns.split(',').map((word) => columnNamed('--columns', word)) : undefined,
  };
}

function columnNamed(option: string, word: string): string {
  const key = word.trim().toLowerCase();
  if (LIST_COLUMNS.includes(key)) return key;
  throw new ZdmError('BAD_USAGE', `${option}: there is no column "${word}".`, `There is: ${LIST_COLUMNS.join(', ')}`);
}
