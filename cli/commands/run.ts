import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { AppSpec } from '../../daemon/protocol/model.ts';
import { byline } from '../by.ts';
import type { Command } from '../command.ts';
import type { Format } from '../foreground/options.ts';
import { loadDash, thisMachine } from '../load-dash.ts';
import { loadForeground } from '../load-foreground.ts';
import { appOptions, readApps } from '../read-apps.ts';
import { becomeReaper } from '../reaper.ts';

/** What an app prints goes to our output; its files are for the daemon. */
const OF_FILES = /--(output|error)\b/;

/** Apps in this process's foreground, without a daemon and a home: for containers, service managers and development. */
export const run: Command = {
  name: 'run',
  aliases: [],
  args: ['[script]'],
  summary: 'run apps in the foreground, without a daemon: for containers and service managers',
  options: [
    ...appOptions().filter(({ flags }) => !OF_FILES.test(flags)),
    { flags: '--raw', description: 'Output as the apps print it, without their names before it' },
    { flags: '--json', description: 'Output as one JSON object a line' },
    { flags: '--no-auto-exit', description: 'Stay when all apps have ended' },
    { flags: '--dash', description: 'Show the dashboard meanwhile' },
  ],
  examples: [
    'zdm run api.js -i 2',
    'zdm run ecosystem.config.cjs --env production --only api',
    'zdm run api.js --dash',
  ],
  async run(context, [target], options) {
    const format = formatOf(options);
    const unable = becomeReaper();
    if (unable !== null) context.warn([unable]);
    const dash = options['dash'] === true;
    if (dash && !(context.isTerminal && process.stdin.isTTY))
      throw new ZdmError('BAD_USAGE', '--dash needs a terminal.', 'Without one: zdm run api.js');
    // Whoever reads our output may go: that ends a command, but not the apps.
    process.stdout.removeAllListeners('error');
    const { specs, file } = await readApps(context, 'run', target, options);
    const by = byline('run', [file]);
    return loadForeground(context.dist).runForeground({
      specs: specs.map(withoutFiles),
      dist: context.dist,
      format,
      autoExit: options['autoExit'] !== false,
      patient: false,
      tellsWorkers: false,
      onNewVersion: 'refuse',
      ...(dash && {
        dash: async (connect) => {
          const ui = await loadDash(context.dist);
          const { stdout, stdin, stderr } = process;
          const around = { stdout, stdin, stderr, env: context.env, by, readOnly: false };
          return ui.runDash({ ...around, ...thisMachine(), connect: async () => connect(), app: null });
        },
      }),
    });
  },
};

function formatOf({ raw, json }: Readonly<Record<string, unknown>>): Format {
  if (raw === true && json === true)
    throw new ZdmError('BAD_USAGE', '--raw and --json exclude each other.', 'Choose one.');
  if (json === true) return 'json';
  return raw === true ? 'raw' : 'prefixed';
}

function withoutFiles(spec: AppSpec): AppSpec {
  return { ...spec, outFile: '/dev/null', errorFile: '/dev/null' };
}
