import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { LogLine, LogStream } from '../../daemon/protocol/model.ts';
import { clean } from '../../ui/paint/text.ts';
import type { Command, Context } from '../command.ts';
import { lineCount, USUAL_LINES } from '../line-count.ts';

/** The end of the log files, and what is written to them. */
export const logs: Command = {
  name: 'logs',
  aliases: ['log'],
  args: ['[app...]'],
  summary: 'show the last lines of the logs and follow them',
  options: [
    { flags: '-n, --lines <number>', description: `Lines to begin with, of each file (default: ${USUAL_LINES})` },
    { flags: '--no-follow', description: 'Show the last lines and end' },
    { flags: '--out', description: 'Only what was printed to stdout' },
    { flags: '--err', description: 'Only what was printed to stderr' },
    { flags: '--raw', description: 'The lines as they are: no app name, no cleaning' },
  ],
  examples: ['zdm logs', 'zdm logs api --lines 100 --err', 'zdm logs api --no-follow'],
  async run(context, targets, options) {
    const request = {
      targets: [...targets],
      lines: lineCount('logs', options['lines']),
      streams: streamsOf(options),
      follow: options['follow'] !== false,
    };
    const client = await context.connectIfKnown();
    if (!client) throw new ZdmError('NO_DAEMON', 'There is no daemon here, so there are no apps with logs.');
    const raw = options['raw'] === true;
    return new Promise((resolve, reject) => {
      client.subscribe('logs', request, {
        snapshot: (lines) => printLines(context, lines, raw),
        event: (lines) => printLines(context, lines, raw),
        end: (error) => {
          client.close();
          if (error) reject(error);
          else resolve(0);
        },
      });
    });
  },
};

function streamsOf(options: Readonly<Record<string, unknown>>): LogStream[] {
  if (options['out'] === options['err']) return ['out', 'err'];
  return options['out'] ? ['out'] : ['err'];
}

function printLines({ print, theme }: Context, lines: readonly LogLine[], raw: boolean): void {
  print(
    lines.map(({ app, stream, text }) =>
      raw ? text : `${theme.paint(`${app} ${stream}`, stream === 'err' ? 'bad' : 'muted')}  ${clean(text)}`,
    ),
  );
}
