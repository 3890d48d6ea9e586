import type { Client } from '../../daemon/client/types.ts';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { Command } from '../command.ts';
import { byline } from '../by.ts';
import { findApps } from '../find-apps.ts';
import { loadDash, thisMachine } from '../load-dash.ts';
import { list } from './list.ts';

export const dash: Command = {
  name: 'dash',
  aliases: ['monit', 'dashboard'],
  args: ['[app]'],
  summary: 'watch all apps live, and reload one with a key',
  options: [
    { flags: '--read-only', description: 'Only look: nothing can be changed from here' },
    { flags: '--plain', description: 'Lines instead of a screen, for screen readers, pipes and dumb terminals' },
    { flags: '--ascii', description: 'No signs beyond ASCII' },
    { flags: '--no-color', description: 'No colours' },
  ],
  examples: ['zdm dash', 'zdm dash api', 'zdm dash --read-only', 'zdm dash --plain'],
  async run(context, [app], options) {
    // A wrong name is said before the screen changes.
    const [named] = app === undefined ? [] : await findApps(context, [app]);
    const plain = options['plain'] === true || isForReaders(context.env);
    if (options['plain'] === true && app !== undefined)
      throw new ZdmError('BAD_USAGE', '--plain tells of all apps and takes no name.', `Of one: zdm logs ${app}`);
    if (!plain && !(context.isTerminal && process.stdin.isTTY)) {
      context.warn(['The dashboard needs a terminal; lines are for others: zdm dash --plain. This is zdm list:']);
      return list.run(context, [], {});
    }
    // Meanwhile, so that the first picture does not wait for the one and then for the other.
    let early: Promise<Client | null> | null = context.connectIfAlive();
    early.catch(() => undefined);
    const ui = await loadDash(context.dist);
    const { stdout, stdin, stderr } = process;
    const around = {
      // A daemon that died is brought back. One that was ended stays so: looking at nothing starts nothing.
      connect: async () => {
        const attempt = early ?? context.connectIfAlive();
        early = null;
        const client = await attempt;
        if (client === null) throw new ZdmError('NO_DAEMON', 'No daemon runs here.', 'Start an app: zdm start app.js');
        return client;
      },
      stdout,
      stdin,
      env: environment(context.env, options),
      by: byline('dash', []),
      readOnly: options['readOnly'] === true,
    };
    if (plain) return ui.runPlain(around);
    return ui.runDash({ ...around, ...thisMachine(), stderr, app: named?.name ?? null });
  },
};

/** A screen that is painted again and again is of no use to a screen reader, nor to a terminal without a cursor. */
function isForReaders(env: NodeJS.ProcessEnv): boolean {
  return env['INK_SCREEN_READER'] === 'true' || env['TERM'] === 'dumb';
}

function environment(env: NodeJS.ProcessEnv, options: Readonly<Record<string, unknown>>): NodeJS.ProcessEnv {
  return {
    ...env,
    ...(options['ascii'] === true && { LC_ALL: 'C' }),
    ...(options['color'] === false && { NO_COLOR: '1', FORCE_COLOR: '0' }),
  };
}
