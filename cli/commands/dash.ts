import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { Command } from '../command.ts';
import { list } from './list.ts';

/** The only door to ui/, and to ink and react with it. */
export const dash: Command = {
  name: 'dash',
  aliases: ['monit', 'dashboard'],
  args: [],
  summary: 'watch all apps live, and reload one with a key',
  options: [],
  examples: ['zdm dash'],
  async run(context) {
    if (!context.isTerminal || !process.stdin.isTTY) {
      context.warn(['The dashboard needs a terminal. This is zdm list:']);
      return list.run(context, [], {});
    }
    // A file of its own, so that nothing else pays for loading it.
    const { runDash } = (await import(
      pathToFileURL(join(context.dist, 'dash.mjs')).href
    )) as typeof import('../../ui/main.tsx');
    return runDash({
      connect: () => context.connect(),
      stdout: process.stdout,
      stdin: process.stdin,
      env: context.env,
    });
  },
};
