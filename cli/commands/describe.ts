import { paintDescribe } from '../../ui/paint/describe.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import type { Command, Context } from '../command.ts';
import { findApps, reachApps } from '../find-apps.ts';

/** One app in full. */
export const describe: Command = {
  name: 'describe',
  aliases: ['show', 'info', 'desc'],
  args: ['<app...>'],
  summary: 'show everything about an app, and why it is in its state',
  options: [
    { flags: '--show-env', description: 'With the values of its variables; what looks secret is hidden' },
    { flags: '--show-secrets', description: 'With all values' },
    { flags: '--json', description: 'As JSON' },
  ],
  examples: ['zdm describe api', 'zdm describe api --show-env'],
  async run(context, targets, options) {
    const secrets = options['showSecrets'] === true;
    const showEnv = secrets || options['showEnv'] === true;
    const found = await findApps(context, targets);
    const apps = showEnv ? await withValues(context, found, secrets) : found;
    if (options['json']) context.print([JSON.stringify(apps, null, 2)]);
    else
      for (const app of apps)
        context.print(paintDescribe(app, { width: context.width, theme: context.theme, now: Date.now(), showEnv }));
    return 0;
  },
};

async function withValues(context: Context, apps: readonly AppStatus[], secrets: boolean): Promise<AppStatus[]> {
  const targets = apps.map(({ name }) => name);
  const client = await reachApps(context, targets);
  const values = new Map((await client.call('environment', { targets, secrets })).map(({ name, env }) => [name, env]));
  client.close();
  return apps.map((app) => ({ ...app, spec: { ...app.spec, env: values.get(app.name) ?? app.spec.env } }));
}
