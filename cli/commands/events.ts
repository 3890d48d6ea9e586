import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { Command } from '../command.ts';
import { watchEvents } from '../event-stream.ts';
import { lineCount, USUAL_LINES } from '../line-count.ts';
import { eventLines } from '../output/event-lines.ts';

/** A line for each thing that happens to apps. */
export const events: Command = {
  name: 'events',
  aliases: [],
  args: ['[app...]'],
  summary: 'show what happened to apps, and what happens',
  options: [
    { flags: '-n, --lines <number>', description: `Past events to begin with (default: ${USUAL_LINES})` },
    { flags: '--no-follow', description: 'Show what happened and end' },
    { flags: '--json', description: 'One JSON object a line, for programs' },
  ],
  examples: [
    'zdm events',
    'zdm events api --lines 100 --no-follow',
    'zdm events --json | jq -c "select(.event==\\"exit\\")"',
  ],
  async run(context, targets, options) {
    const past = lineCount('events', options['lines']);
    const client = await context.connectIfKnown();
    if (!client)
      throw new ZdmError('NO_DAEMON', 'There is no daemon here, so there are no apps to which anything happens.');
    const { print, theme } = context;
    await watchEvents(client, {
      targets,
      past,
      follow: options['follow'] !== false,
      tell: (news) => print(eventLines(news, { json: options['json'] === true, now: Date.now(), theme })),
      // Who only looks starts nothing: apps bring their daemon back, or the next command does.
      reconnect: async () => {
        const found = await context.tryConnect();
        return typeof found === 'string' ? null : found;
      },
    });
    return 0;
  },
};
