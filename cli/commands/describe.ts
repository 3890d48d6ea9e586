import { paintDescribe } from '../../ui/paint/describe.ts';
import type { Command } from '../command.ts';
import { findApps } from '../find-apps.ts';

/** One app in full. */
export const describe: Command = {
  name: 'describe',
  aliases: ['show', 'info', 'desc'],
  args: ['<app...>'],
  summary: 'show everything about an app, and why it is in its state',
  options: [{ flags: '--json', description: 'As JSON' }],
  examples: ['zdm describe api'],
  async run(context, targets, options) {
    const apps = await findApps(context, targets);
    if (options['json']) context.print([JSON.stringify(apps, null, 2)]);
    else
      for (const app of apps)
        context.print(paintDescribe(app, { width: context.width, theme: context.theme, now: Date.now() }));
    return 0;
  },
};
