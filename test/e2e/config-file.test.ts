// Promise: a config file says everything about its apps, in every form there is; what is wrong in it is said with its place.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask, askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { entriesOf, sandbox, type Sandbox } from '../helpers/sandbox.ts';

const asJson = (value: object): string => JSON.stringify(value, null, 2);

describe('forms', () => {
  test.for([
    ['ecosystem.config.cjs', (config: object) => `module.exports = ${asJson(config)};`],
    ['ecosystem.config.js', (config: object) => `module.exports = ${asJson(config)};`],
    ['my.config.mjs', (config: object) => `export default ${asJson(config)};`],
    ['apps.json', asJson],
  ] as const)('%s', async ([name, write]) => {
    const box = sandbox();
    const port = await freePort();
    box.copyFixture('http.js', 'api');
    const file = box.writeFile(name, write({ apps: [{ name: 'api', script: './api/http.js', env: { PORT: port } }] }));
    expect(await box.ok(['start', file])).toMatch(/^api: started 1\/1 /);
    expect((await askFixture(port)).slot).toBe('0');
  });

  test('zdm.config.mjs is found by itself; an array, a function of the process environment, paths relative to the file', async () => {
    const box = sandbox();
    const ports = [await freePort(), await freePort()];
    box.copyFixture('http.js', 'app');
    box.writeFile(
      'zdm.config.mjs',
      `export default ['a', 'b'].map((name, index) => (
        { name, script: 'http.js', cwd: 'app', env: { PORT: process.env.PORTS.split(' ')[index] } }));`,
    );
    const start = await box.ok(['start'], { env: { PORTS: ports.join(' ') } });
    expect(start.match(/^[ab]: started 1\/1 /gm)).toHaveLength(2);
    for (const port of ports) expect((await askFixture(port)).slot).toBe('0');
    expect((await box.app('a')).spec).toMatchObject({ cwd: path.join(box.work, 'app') });
  });
});

test('every everyday field reaches the app', async () => {
  const box = sandbox();
  const port = await freePort();
  box.copyFixture('shows-context.js', 'app');
  box.writeFile('app/.env', 'FROM_FILE=yes\n');
  const app = {
    name: 'every',
    script: 'shows-context.js',
    args: 'one "two three"',
    cwd: './app',
    env: { PORT: port, STAGE: 'base', LIST: { a: 1 } },
    env_production: { STAGE: 'production' },
    env_file: '.env',
    instances: 2,
    exec_mode: 'cluster',
    node_args: '--no-warnings',
    listen_timeout: '9s',
    kill_timeout: 3000,
    max_restarts: 3,
    min_uptime: '2s',
    restart_delay: 50,
    autorestart: false,
    out_file: 'logs/out.txt',
    error_file: 'logs/err.txt',
  };
  const other = { name: 'other', script: 'does-not-matter.py', interpreter: 'python3', wait_ready: false };
  const file = box.writeFile('ecosystem.config.json', asJson({ apps: [app, other] }));
  await box.ok(['start', file, '--env', 'production', '--only', 'every']);
  const seen = JSON.parse((await ask(port)).text);
  expect(seen).toMatchObject({
    argv: ['one', 'two three'],
    cwd: path.join(box.work, 'app'),
    execArgv: ['--no-warnings'],
  });
  expect(seen.env).toMatchObject({ STAGE: 'production', FROM_FILE: 'yes', LIST: '{"a":1}' });
  const { spec, up } = await box.app('every');
  expect(up).toBe(2);
  expect(spec).toMatchObject({
    listenTimeout: 9_000,
    killTimeout: 3_000,
    maxRestarts: 3,
    minUptime: 2_000,
    restartDelay: 50,
    autorestart: false,
    outFile: path.join(box.work, 'app/logs/out.txt'),
    errorFile: path.join(box.work, 'app/logs/err.txt'),
  });
  expect(entriesOf(path.join(box.work, 'app/logs'))).toEqual(['err.txt', 'out.txt']);
  expect((await box.list()).map(({ name }) => name)).toEqual(['every']);
});

test('started twice: running apps are reloaded with the new description, stopped ones are started', async () => {
  const box = sandbox();
  const ports = [await freePort(), await freePort()];
  box.copyFixture('shows-context.js', 'app');
  const write = (stage: string): string =>
    box.writeFile(
      'zdm.config.json',
      asJson(
        ports.map((port, index) => ({
          name: `app-${index}`,
          script: 'app/shows-context.js',
          env: { PORT: port, STAGE: stage },
        })),
      ),
    );
  const file = write('one');
  await box.ok(['start', file]);
  await box.ok(['stop', 'app-1']);
  write('two');
  const again = await box.ok(['start', file]);
  expect(again).toMatch(/^app-0: reloaded 1\/1 /m);
  expect(again).toMatch(/^app-1: started 1\/1 /m);
  const stages = await Promise.all(ports.map(async (port) => JSON.parse((await ask(port)).text).env.STAGE));
  expect(stages).toEqual(['two', 'two']);
  expect((await box.list()).map(({ id, generation }) => [id, generation])).toEqual([
    [0, 2],
    [1, 1],
  ]);
});

describe('what is wrong is said, and nothing is started', () => {
  const app = { name: 'api', script: 'app.js' };
  const refuse = async (box: Sandbox, args: string[], code: number): Promise<string> => {
    const result = await box.zdm(args);
    expect(result, result.text).toMatchObject({ code, stdout: '' });
    expect(result.stderr).not.toMatch(/\n {4}at /);
    expect(await box.list()).toEqual([]);
    expect(box.processes()).toEqual([]);
    return result.stderr;
  };

  test.for([
    [
      'an unknown field',
      asJson([{ ...app, instanses: 2 }]),
      /apps\[0\]: unknown field "instanses"\. Did you mean "instances"\?/,
    ],
    [
      'a wrong value',
      asJson([{ ...app, instances: 'many' }]),
      /apps\[0\]: instances: expected a number or "max".*, got "many"/,
    ],
    ['no script', asJson([{ name: 'api' }]), /apps\[0\]: script is missing/],
    ['no apps', asJson([]), /there are no apps in it/],
    ['two of one name', asJson([app, app]), /Two apps are called "api"/],
    [
      'a script that is not there',
      asJson([{ ...app, script: 'ap.js' }]),
      /No such script: .*ap\.js.*\.\nDid you mean "app\.js"\?/,
    ],
    ['broken JSON', '[\n  { "name": "api",\n    script: "app.js" }\n]', /zdm\.config\.json:3:5: /],
  ] as const)('%s', async ([, text, message]) => {
    const box = sandbox();
    box.writeApp('');
    box.writeFile('zdm.config.json', text);
    const said = await refuse(box, ['start'], /No such script/.test(message.source) ? 1 : 2);
    expect(said).toMatch(message);
  });

  test.for([
    [
      'broken.config.cjs',
      'module.exports = {\n  apps: [ { name: "api" script: "app.js" } ] };',
      /broken\.config\.cjs:2(:\d+)?: /,
    ],
    ['broken.config.mjs', 'export default {\n  apps: [,\n', /broken\.config\.mjs:\d+(:\d+)?: /],
    ['throws.config.js', '\nthrow new Error("no secret is set");', /throws\.config\.js:2(:\d+)?: no secret is set/],
  ] as const)('%s', async ([name, text, message]) => {
    const box = sandbox();
    const said = await refuse(box, ['start', box.writeFile(name, text)], 2);
    expect(said).toMatch(message);
  });

  test('choices that are not there, flags beside a file, a file that cannot be read, no file at all', async () => {
    const box = sandbox();
    expect(await refuse(box, ['start'], 2)).toMatch(
      /^zdm: There is nothing to start: .*\nFor example: zdm start app\.js --name api\n$/,
    );
    box.writeApp('');
    const file = box.writeFile('zdm.config.json', asJson([{ ...app, env_production: {} }]));
    expect(await refuse(box, ['start', file, '--only', 'apo'], 1)).toMatch(
      /No app "apo" in .*Did you mean "api"\?\nThere is: api\./,
    );
    expect(await refuse(box, ['start', file, '--env', 'prodction'], 2)).toMatch(
      /has env_prodction\. Did you mean "production"\?/,
    );
    expect(await refuse(box, ['start', file, '-i', '2'], 2)).toMatch(/instances cannot be given beside it/);
    mkdirSync(path.join(box.work, 'folder.config.json'));
    expect(await refuse(box, ['start', 'folder.config.json'], 2)).toMatch(/folder\.config\.json/);
    expect(await refuse(box, ['start', 'missing.config.cjs'], 1)).toMatch(
      /^zdm: No such script: .*missing\.config\.cjs/,
    );
  });
});
