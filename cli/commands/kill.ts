import { setTimeout as pause } from 'node:timers/promises';
import { plural } from '../../daemon/protocol/format.ts';
import type { Command } from '../command.ts';
import { connectionEnd } from '../connection-end.ts';

/** Longer than the daemon gives its apps. */
const LIMIT = 70_000;

/** The daemon ends 50 ms after its answer. */
const FAREWELL = 5_000;

/** Everything ends, gracefully. */
export const kill: Command = {
  name: 'kill',
  aliases: [],
  args: [],
  summary: 'stop all apps gracefully, then the daemon; the list is kept',
  options: [],
  examples: ['zdm kill'],
  async run(context) {
    const client = await context.connectIfAlive();
    if (!client) {
      context.print(['No daemon runs here.']);
      return 0;
    }
    const gone = connectionEnd(client);
    const { stopped } = await client.call('shutdown', {}, LIMIT);
    // What is said to be stopped is.
    await Promise.race([gone, pause(FAREWELL, undefined, { ref: false })]);
    client.close();
    const next = `Start ${stopped === 1 ? 'it' : 'them'} again: zdm start all`;
    context.print([
      stopped === 0
        ? 'Stopped the daemon. No app was running.'
        : `Stopped ${plural(stopped, 'app')} and the daemon. ${next}`,
    ]);
    return 0;
  },
};
