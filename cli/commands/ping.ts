import { ZdmError } from '../../daemon/protocol/errors.ts';
import { formatAge, plural } from '../../daemon/protocol/format.ts';
import type { Command } from '../command.ts';

/** Is the daemon there? Never starts one. */
export const ping: Command = {
  name: 'ping',
  aliases: [],
  args: [],
  summary: 'is the daemon there; which one, since when, where is its log',
  options: [{ flags: '--json', description: 'As JSON' }],
  examples: ['zdm ping'],
  async run(context, _args, options) {
    const client = await context.connectIfAlive();
    if (!client) throw new ZdmError('NO_DAEMON', `No daemon runs for ${context.layout.home}.`);
    const answer = await client.call('ping', {});
    client.close();
    const { pid, version, startedAt, home, log, apps } = answer;
    if (options['json']) context.print([JSON.stringify(answer)]);
    else
      context.print([
        `zdm ${version}, pid ${pid}, up ${formatAge(Date.now() - startedAt)}, ${plural(apps, 'app')}`,
        `  home  ${home}`,
        `  log   ${log}`,
      ]);
    return 0;
  },
};
