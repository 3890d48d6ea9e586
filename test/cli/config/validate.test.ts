import { expect, test } from 'vitest';
import { fieldOf } from '../../../cli/config/field-keys.ts';
import { FIELDS } from '../../../cli/config/fields.ts';
import { camelCase, snakeCase } from '../../../cli/config/letter-case.ts';
import { readContent } from '../../../cli/config/shape.ts';
import { validateApp } from '../../../cli/config/validate.ts';

test('every problem of a file is reported, each with its place', () => {
  const { problems } = readContent({
    apps: [{ script: 'a.js', instnces: 2, kill_timeout: 'soon', killTimeout: 5 }, { name: 'b' }, 7],
    deplyo: {},
  });
  expect(problems).toEqual([
    'unknown field "deplyo". Did you mean "deploy"?',
    'apps[0]: unknown field "instnces". Did you mean "instances"?',
    'apps[0]: kill_timeout: expected a duration such as 500 (ms), "10s" or "2m", got "soon"',
    'apps[0]: "kill_timeout" and "killTimeout" are the same field: keep one',
    'apps[1]: script is missing',
    'apps[2]: expected an object that describes an app, got 7',
  ]);
});

test.each([
  ['nothing', undefined, 'expected { apps: [...] }, a list or one app, got undefined'],
  ['a text', 'app.js', 'expected { apps: [...] }, a list or one app, got "app.js"'],
  ['no apps', { apps: [] }, 'there are no apps in it'],
  ['a slip in "apps"', { app: [], script: 'x' }, 'unknown field "app". Did you mean "apps"?'],
  ['far from everything', { script: 'x', zebra: 1 }, 'unknown field "zebra".'],
])('a file that exports %s', (_, content, problem) => {
  expect(readContent(content).problems).toEqual([problem]);
});

test.each([
  ['{ apps: [...] }', { apps: [{ script: 'a.js' }] }],
  ['{ apps: {...} }', { apps: { script: 'a.js' } }],
  ['a list', [{ script: 'a.js' }]],
  ['one app', { script: 'a.js' }],
])('takes %s', (_, content) => {
  expect(readContent(content)).toEqual({
    apps: [{ script: 'a.js', environments: {} }],
    problems: [],
    warnings: [],
  });
});

test('aliases and camelCase say the same as the names', () => {
  const raw = { cmd: 'a.js', execInterpreter: 'node', out_log: 'o', errFile: 'e', maxRestarts: '3' };
  expect(validateApp(raw)).toEqual({
    app: { script: 'a.js', interpreter: 'node', out_file: 'o', error_file: 'e', max_restarts: 3, environments: {} },
    problems: [],
    warnings: [],
  });
});

test('env_<name> objects are kept by name, env_file is not one of them', () => {
  const raw = { script: 'a.js', env_production: { A: 1 }, env_file: '.env' };
  expect(validateApp(raw).app).toEqual({
    script: 'a.js',
    env_file: ['.env'],
    environments: { production: { A: '1' } },
  });
});

test('fields of PM2 that ask for nothing pass silently, the others are named', () => {
  const quiet = {
    watch: false,
    max_memory_restart: null,
    merge_logs: true,
    autostart: true,
    pmx: true,
    cron_restart: 0,
  };
  const missed = { watch: ['src'], autostart: false, maxMemoryRestart: '300M', logDateFormat: 'X' };
  expect(validateApp({ script: 'a.js', ...quiet, namespace: 'default' })).toMatchObject({ problems: [], warnings: [] });
  expect(validateApp({ script: 'a.js', ...missed }).warnings).toEqual([
    'not supported yet, ignored: watch, autostart, logDateFormat',
  ]);
});

test('a limit needs a sample', () => {
  expect(validateApp({ script: 'a.js', limit_samples: 0 }).problems).toEqual([
    'limit_samples: expected a number, 1 or more, got 0',
  ]);
});

test('the table has no key twice and every key in both spellings', () => {
  const keys = FIELDS.flatMap((field) => [field.name, ...('aliases' in field ? field.aliases : [])]);
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) {
    expect(snakeCase(camelCase(key))).toBe(key);
    expect(fieldOf(camelCase(key))).toBe(fieldOf(key));
  }
});
