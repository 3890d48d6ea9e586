import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { Command, Context } from '../command.ts';
import { findConfig, isConfigFile } from '../config/locate.ts';
import { logicalCwd } from '../config/logical-cwd.ts';
import { planLines } from '../output/plan-lines.ts';
import { type Known, planApps, type Wanted } from '../plan/plan.ts';
import { readApps } from '../read-apps.ts';
import { shellWord } from '../shell-word.ts';

/** What starting a config file would change; changes nothing, and starts no daemon. */
export const plan: Command = {
  name: 'plan',
  aliases: [],
  args: ['[file]'],
  summary: 'show what starting a config file would do to each app, and why; nothing is done',
  options: [
    { flags: '--env <name>', description: 'Use its env_<name> too' },
    { flags: '--only <names>', description: 'Only these apps, with commas between' },
    { flags: '--json', description: 'As JSON' },
  ],
  examples: ['zdm plan', 'zdm plan ecosystem.config.cjs --env production'],
  async run(context, [target], options) {
    const file = configFile(context, target);
    const { specs } = await readApps(context, 'start', file, options);
    const wanted = specs.map((spec): Wanted => ({ spec, script: realPath(spec.script) }));
    const entries = planApps(wanted, await knownApps(context), options['only'] !== undefined);
    const { width, theme } = context;
    if (options['json'] === true) context.print([JSON.stringify(entries, null, context.isTerminal ? 2 : 0)]);
    else context.print(planLines(entries, startCommand(target, options), { width, theme }));
    return 0;
  },
};

/** The file that `zdm start` would take; a script has no plan. */
function configFile({ env }: Context, target: string | undefined): string {
  const cwd = logicalCwd(env['PWD'], process.cwd());
  const file = target ?? findConfig(cwd);
  if (file === undefined)
    throw new ZdmError(
      'BAD_USAGE',
      'There is nothing to plan: no file was named, and there is no zdm.config or ecosystem.config file here.',
      'For example: zdm plan ecosystem.config.cjs',
    );
  if (!isConfigFile(file))
    throw new ZdmError(
      'BAD_USAGE',
      `${file} is no config file; a plan is made of one.`,
      'For example: zdm plan ecosystem.config.cjs',
    );
  if (!existsSync(resolve(cwd, file))) throw new ZdmError('BAD_USAGE', `There is no file ${resolve(cwd, file)}.`, null);
  return file;
}

/** Null without a daemon. */
async function knownApps(context: Context): Promise<readonly Known[] | null> {
  const client = await context.connectIfAlive();
  if (!client) return null;
  const apps = await client.call('list', {});
  // Of all apps; compared, and shown nowhere.
  const values = await client.call('environment', { targets: [], secrets: true });
  client.close();
  const envs = new Map(values.map(({ name, env }) => [name, env]));
  return apps.map((app) => ({ app, env: envs.get(app.name) ?? app.spec.env }));
}

function realPath(script: string): string | null {
  try {
    return realpathSync(script);
  } catch {
    return null;
  }
}

function startCommand(target: string | undefined, options: Readonly<Record<string, unknown>>): string {
  const chosen = ['env', 'only'].flatMap((name) =>
    typeof options[name] === 'string' ? [`--${name}`, options[name]] : [],
  );
  return ['zdm', 'start', ...(target === undefined ? [] : [target]), ...chosen].map(shellWord).join(' ');
}
