import { Command } from 'commander';
import { expect, test } from 'vitest';
import { appFromFlags, fieldsFromOptions, startOptions } from '../../../cli/config/flags.ts';
import { HEALTH_DEFAULTS } from '../../../daemon/protocol/defaults.ts';
import { thrownBy } from '../thrown.ts';

test('options of a typed command become fields, and only those that were typed', () => {
  expect(fieldsFromOptions(parse([]))).toEqual({});
  const typed = [
    '-i',
    'max',
    '-k',
    '2s',
    '--no-autorestart',
    '--wait-ready',
    '-o',
    'out.log',
    '--node-args',
    '--a --b',
  ];
  expect(fieldsFromOptions(parse(typed))).toEqual({
    instances: 'max',
    kill_timeout: '2s',
    autorestart: false,
    wait_ready: true,
    out_file: 'out.log',
    node_args: '--a --b',
  });
});

test('an app from the command line', () => {
  expect(appFromFlags('api.js', parse(['-n', 'api', '-i', '-1', '--no-move']), ['--port', '1'])).toEqual({
    script: 'api.js',
    name: 'api',
    instances: -1,
    move: false,
    args: ['--port', '1'],
    environments: {},
  });
});

test('an app from the command line says how it is rolled out', () => {
  const typed = ['-i', '4', '--health', '/healthz', '--wait-for', '3000,a.sock', '--warmup', '/,/search?q=a'];
  const times = ['--min-ready', '5s', '--progress-deadline', '0', '--bake', '1m'];
  const app = appFromFlags('api.js', parse([...typed, ...times, '--strategy', 'blue-green', '--surge', '25%']), []);
  expect(app).toEqual({
    script: 'api.js',
    args: [],
    instances: 4,
    health: { ...HEALTH_DEFAULTS, path: '/healthz' },
    wait_for: ['3000', 'a.sock'],
    warmup: ['/', '/search?q=a'],
    min_ready: 5_000,
    progress_deadline: 0,
    bake: 60_000,
    strategy: 'blue-green',
    surge: { unit: 'percent', value: 25 },
    environments: {},
  });
});

test.each([
  [['--health', 'healthz'], '--health: expected a path that begins with "/" such as "/healthz", got "healthz"'],
  [
    ['--wait-for', '3000,70000'],
    '--wait-for: expected a port (1 to 65535), "host:port" or the path of a socket such as "./app.sock", got "70000"',
  ],
  [['--wait-for', '3000,3000'], '--wait-for: 3000 is there twice'],
  [['--warmup', '/,'], '--warmup: expected a path'],
  [['--strategy', 'recreate'], '--strategy: expected "rolling", "blue-green" or "canary", got "recreate"'],
  [['--surge', '0'], '--surge: expected a number of workers (1 or more), or a percentage'],
  [['--min-ready=-5'], '--min-ready: expected a duration such as 500 (ms), "10s" or "2m", got "-5"'],
  [['--progress-deadline', '5s'], 'progress_deadline (5s) is shorter than listen_timeout (10s)'],
])('%j is refused', async (typed, message) => {
  const failure = await thrownBy(() => appFromFlags('a.js', parse(typed), []));
  expect(failure).toMatchObject({ code: 'BAD_USAGE', message: expect.stringContaining(message) as string });
});

test('wrong flags are named as they were typed, all at once', async () => {
  const failure = await thrownBy(() => appFromFlags('a.js', parse(['-i', 'many', '--kill-timeout', 'soon']), []));
  expect(failure).toEqual({
    code: 'BAD_USAGE',
    message: [
      '--instances: expected a number or "max" (0 is all cores, -1 all but one), got "many"',
      '--kill-timeout: expected a duration such as 500 (ms), "10s" or "2m", got "soon"',
    ].join('\n'),
    hint: 'See: zdm start --help',
  });
});

test('help says what each flag does and its default', () => {
  const help = startOptions().map(({ flags, description }) => `${flags}: ${description}`);
  expect(help).toContain('-k, --kill-timeout <time>: From the stop signal to SIGKILL (default: 5s)');
  expect(help).toContain('--no-autorestart: Do not: replace a worker that ends by itself');
  expect(help).toContain('-n, --name <name>: Name of the app; otherwise that of the script');
});

function parse(typed: readonly string[]): Record<string, unknown> {
  const command = new Command().exitOverride();
  for (const { flags, description } of startOptions()) command.option(flags, description);
  return command.parse([...typed], { from: 'user' }).opts();
}
