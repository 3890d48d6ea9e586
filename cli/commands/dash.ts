import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type * as Dash from '../../ui/main.tsx';
import type { Command } from '../command.ts';
import { importModule } from '../import-module.ts';
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
    const { runDash } = (await importModule(pathToFileURL(join(context.dist, 'dash.mjs')).href)) as typeof Dash;
    return runDash({
      // A daemon that died is brought back. One that was ended stays so: looking at nothing starts nothing.
      connect: async () => {
        const client = await context.connectIfAlive();
        if (client === null) throw new ZdmError('NO_DAEMON', 'No daemon runs here.', 'Start an app: zdm start app.js');
        return client;
      },
      stdout: process.stdout,
      stdin: process.stdin,
      stderr: process.stderr,
      env: context.env,
    });
  },
};
