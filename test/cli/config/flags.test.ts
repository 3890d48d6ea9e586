import { Command } from 'commander';
import { expect, test } from 'vitest';
import { appFromFlags, fieldsFromOptions, startOptions } from '../../../cli/config/flags.ts';
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
