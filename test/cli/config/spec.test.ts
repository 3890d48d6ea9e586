import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AppFields } from '../../../cli/config/fields.ts';
import { logicalCwd } from '../../../cli/config/logical-cwd.ts';
import { type SpecContext, countInstances, resolveSpec, resolveSpecs } from '../../../cli/config/spec.ts';
import { validateApp } from '../../../cli/config/validate.ts';
import { tempFolder } from '../temp-folder.ts';
import { thrownBy } from '../thrown.ts';

const NODE = process.execPath;

test('a script alone becomes a complete description', () => {
  const dir = tempFolder({ 'dist/api.js': '' });
  expect(resolveSpec(fields({ script: 'dist/api.js' }), context(dir))).toEqual({
    name: 'api',
    script: path.join(dir, 'dist/api.js'),
    args: [],
    cwd: dir,
    env: { PATH: path.join(dir, 'bin'), HOME: '/home/me' },
    execMode: 'cluster',
    interpreter: null,
    nodeArgs: [],
    instances: 1,
    waitReady: false,
    listenTimeout: 10_000,
    waitFor: [],
    health: null,
    warmup: [],
    strategy: 'rolling',
    surge: { unit: 'count', value: 1 },
    minReady: 0,
    progressDeadline: 600_000,
    bake: 30_000,
    canary: null,
    killTimeout: 5_000,
    drainTimeout: 30_000,
    holdTimeout: 30_000,
    move: true,
    balance: 'least',
    sticky: 'none',
    socketMode: 0o664,
    shutdownWithMessage: false,
    treekill: true,
    autorestart: true,
    stopExitCodes: [],
    maxRestarts: 16,
    restartWindow: 900_000,
    minUptime: 1_000,
    restartDelay: 0,
    throttle: null,
    limits: null,
    outFile: '/zdm/logs/api-out.log',
    errorFile: '/zdm/logs/api-error.log',
  });
});

describe('limits', () => {
  const specOf = (raw: object, script = 'api.js') =>
    resolveSpec(
      fields({ script, ...raw }),
      context(tempFolder({ 'api.js': '', 'bin/python3': '#!/bin/sh\n', 'a.py': '' })),
    );

  test.each([
    [{}, null],
    [{ max_memory_restart: 0, hang_timeout: 0, limit_grace: 5 }, null],
    [
      { max_memory_restart: '1M' },
      { memory: 1_048_576, cpu: null, hang: null, memorySamples: 10, cpuSamples: 10, grace: 30_000 },
    ],
    [
      { max_cpu_restart: '95%', hang_timeout: '20s', limit_samples: 3, limit_grace: '1m' },
      { memory: null, cpu: 95, hang: 20_000, memorySamples: 3, cpuSamples: 3, grace: 60_000 },
    ],
  ])('%j', (raw, limits) => expect(specOf(raw).limits).toEqual(limits));

  test.each([
    [{}, null],
    [{ exp_backoff_restart_delay: 0 }, null],
    [{ exp_backoff_restart_delay: 100 }, { first: 100, most: 15_000 }],
    [{ exp_backoff_restart_delay: '20s' }, { first: 20_000, most: 20_000 }],
  ])('%j', (raw, throttle) => expect(specOf(raw).throttle).toEqual(throttle));

  test('in fork mode nobody can tell a blocked event loop', async () => {
    const limits = { max_memory_restart: '1M', max_cpu_restart: 95 };
    expect(specOf(limits, 'a.py').limits).toMatchObject({ memory: 1_048_576, cpu: 95 });
    const failure = await thrownBy(() => specOf({ hang_timeout: '5s' }, 'a.py'));
    expect(failure).toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringMatching(/^hang_timeout is for cluster/),
    });
  });
});

describe('how a script is run', () => {
  const files = {
    'app.js': '',
    'app.ts': '',
    'app.py': '',
    'app.sh': '',
    'app.rb': '',
    tool: '#!/usr/bin/env node\n',
    server: '#!/bin/sh\n',
    'folder/package.json': '{ "main": "lib/main.cjs" }',
    'folder/lib/main.cjs': '',
    'plain/index.js': '',
    'bin/python3': '#!/bin/sh\n',
    'bin/sh': '#!/bin/sh\n',
    'bin/npm': '#!/usr/bin/env node\n',
    'bin/bun': '#!/bin/sh\n',
  };

  test.each([
    [{ script: 'app.js' }, 'app.js', 'cluster', null],
    [{ script: './app.ts' }, 'app.ts', 'cluster', null],
    [{ script: 'app.js', exec_mode: 'fork' }, 'app.js', 'fork', NODE],
    [{ script: 'app.js', interpreter: 'node' }, 'app.js', 'cluster', null],
    [{ script: 'app.js', interpreter: NODE }, 'app.js', 'cluster', null],
    [{ script: 'app.js', interpreter: 'bun' }, 'app.js', 'fork', 'bin/bun'],
    [{ script: 'app.js', interpreter: './bin/bun' }, 'app.js', 'fork', 'bin/bun'],
    [{ script: 'server', interpreter: 'none' }, 'server', 'fork', null],
    [{ script: 'tool' }, 'tool', 'cluster', null],
    [{ script: 'server' }, 'server', 'fork', null],
    [{ script: 'app.py' }, 'app.py', 'fork', 'bin/python3'],
    [{ script: 'app.sh' }, 'app.sh', 'fork', 'bin/sh'],
    [{ script: 'npm' }, 'bin/npm', 'fork', null],
    [{ script: 'folder' }, 'folder/lib/main.cjs', 'cluster', null],
    [{ script: 'plain' }, 'plain/index.js', 'cluster', null],
  ])('%j', (raw, script, execMode, interpreter) => {
    const dir = tempFolder(files);
    const spec = resolveSpec(fields(raw), context(dir));
    expect({ ...spec }).toMatchObject({
      script: path.join(dir, script),
      execMode,
      interpreter: interpreter === null ? null : path.resolve(dir, interpreter),
    });
  });

  test.each([
    [
      { script: 'ap.js' },
      'NO_SUCH_SCRIPT',
      'No such script: "ap.js" is neither a file in DIR nor a command in PATH.',
      'Did you mean "app.js"?',
    ],
    [{ script: './folder/main.js' }, 'NO_SUCH_SCRIPT', 'No such script: DIR/folder/main.js.', null],
    [{ script: 'lib/x.js' }, 'NO_SUCH_SCRIPT', 'No such script: DIR/lib/x.js (there is no folder DIR/lib).', null],
    [{ script: 'bin' }, 'NO_SUCH_SCRIPT', 'DIR/bin is a folder without a main file.', 'Name the script in it.'],
    [
      { script: 'npm start' },
      'NO_SUCH_SCRIPT',
      'No such script: "npm start" is neither a file in DIR nor a command in PATH.',
      'Arguments go elsewhere: zdm start npm -- start',
    ],
    [{ script: 'app.rb' }, 'BAD_CONFIG', '.rb files are run by ruby, which is not in PATH.', null],
    [{ script: 'app.js', interpreter: 'deno' }, 'BAD_CONFIG', 'The interpreter deno is not in PATH.', null],
    [
      { script: 'app.py', exec_mode: 'cluster' },
      'BAD_CONFIG',
      'exec_mode "cluster" is for scripts that Node.js runs, not for DIR/bin/python3.',
      null,
    ],
    [
      { script: 'server', node_args: '--inspect' },
      'BAD_CONFIG',
      'node_args are for an interpreter, and DIR/server has none.',
      'Use args instead.',
    ],
    [
      { script: 'folder/package.json', interpreter: 'none', cwd: 'nowhere' },
      'BAD_CONFIG',
      'cwd: there is no folder DIR/nowhere.',
      null,
    ],
    [
      { script: 'app.js', name: 'a/b' },
      'BAD_CONFIG',
      '"a/b" cannot be the name of an app.',
      expect.stringContaining('Letters') as string,
    ],
    [
      { script: 'app.js', name: '12' },
      'BAD_CONFIG',
      '"12" cannot be the name of an app.',
      expect.stringContaining('number') as string,
    ],
  ])('refuses %j', async (raw, code, message, hint) => {
    const dir = tempFolder(files);
    const failure = await thrownBy(() => resolveSpec(fields(raw), context(dir)));
    expect({ ...failure, message: failure.message.replaceAll(dir, 'DIR') }).toEqual({ code, message, hint });
  });

  test('another name of this Node.js is this Node.js', () => {
    const dir = tempFolder({ 'app.js': '' });
    symlinkSync(NODE, path.join(dir, 'node20'));
    const spec = resolveSpec(fields({ script: 'app.js', interpreter: './node20' }), context(dir));
    expect(spec).toMatchObject({ execMode: 'cluster', interpreter: null });
  });

  test('a data file is not run', async () => {
    const dir = tempFolder({ 'data.csv': '' });
    const { message, hint } = await thrownBy(() => resolveSpec(fields({ script: 'data.csv' }), context(dir)));
    expect(message).toBe(`${dir}/data.csv is not a program, and nothing is known to run .csv.`);
    expect(hint).toContain('chmod +x');
  });
});

describe('names', () => {
  test.each([
    ['api.js', 'api'],
    ['my app.js', 'my-app'],
    ['_x.js', 'x'],
    ['404.js', 'app-404'],
    ['all.js', 'app-all'],
    ['v1.2.js', 'v1.2'],
    ['ü.js', 'app'],
  ])('the app of %s is called %s', (script, name) => {
    expect(resolveSpec(fields({ script }), context(tempFolder({ [script]: '' }))).name).toBe(name);
  });

  test('two apps of one file cannot share a name', async () => {
    const dir = tempFolder({ 'a.js': '', 'b/a.js': '' });
    const apps = [fields({ script: 'a.js' }), fields({ script: 'b/a.js' })];
    expect(await thrownBy(() => resolveSpecs(apps, context(dir)))).toEqual({
      code: 'BAD_CONFIG',
      message: 'Two apps are called "a".',
      hint: `Give the one of ${dir}/b/a.js another name.`,
    });
  });
});

describe('environment', () => {
  test('the shell, then env_file, then env; without what belongs to another process', () => {
    const dir = tempFolder({ 'a.js': '', '.env': 'A=file\nB="from file"\n' });
    const shell = {
      A: 'shell',
      C: 'shell',
      D: 'shell',
      ZDM_HOME: '/x',
      ZDM_APP: 'other',
      NODE_UNIQUE_ID: '1',
      NODE_APP_INSTANCE: '0',
    };
    const app = fields({ script: 'a.js', env_file: '.env', env: { A: 1, D: null, ZDM_X: 'mine' } });
    expect(resolveSpec(app, { ...context(dir), env: shell }).env).toEqual({
      A: '1',
      B: 'from file',
      C: 'shell',
      ZDM_HOME: '/x',
      ZDM_X: 'mine',
    });
  });

  test('a missing env_file is an error', async () => {
    const dir = tempFolder({ 'a.js': '' });
    const app = fields({ script: 'a.js', env_file: 'prod.env' });
    const { code, message } = await thrownBy(() => resolveSpec(app, context(dir)));
    expect(code).toBe('BAD_CONFIG');
    expect(message).toContain(`env_file ${dir}/prod.env cannot be read: ENOENT`);
  });
});

describe('paths', () => {
  test('script and logs are relative to cwd, cwd to the file', () => {
    const dir = tempFolder({ 'api/a.js': '' });
    const app = fields({ script: 'a.js', cwd: 'api', out_file: 'logs/out.log', error_file: 'NULL' });
    expect(resolveSpec(app, context(dir))).toMatchObject({
      cwd: `${dir}/api`,
      script: `${dir}/api/a.js`,
      outFile: `${dir}/api/logs/out.log`,
      errorFile: '/dev/null',
    });
  });

  test('a link to the release of the day stays a link', () => {
    const dir = tempFolder({ 'releases/42/index.js': '' });
    const link = path.join(dir, 'current');
    symlinkSync('releases/42', link);
    expect(logicalCwd(link, path.join(dir, 'releases/42'))).toBe(link);
    expect(resolveSpec(fields({ script: 'index.js' }), context(link))).toMatchObject({
      cwd: link,
      script: `${link}/index.js`,
    });
    expect(resolveSpec(fields({ script: 'current' }), context(dir)).script).toBe(`${link}/index.js`);
  });

  test('PWD is not believed when it is another folder, or none', () => {
    const dir = tempFolder();
    mkdirSync(path.join(dir, 'other'));
    for (const pwd of [undefined, '.', path.join(dir, 'other'), path.join(dir, 'gone')]) {
      expect(logicalCwd(pwd, dir)).toBe(dir);
    }
  });
});

test.each([
  [3, 3],
  [0, 4],
  ['max', 4],
  [-1, 3],
  [-4, 1],
  [-9, 1],
] as const)('instances %j on 4 cores are %i', (instances, count) => {
  expect(countInstances(instances, 4)).toBe(count);
});

function fields(raw: Record<string, unknown>): AppFields {
  const { app, problems } = validateApp(raw);
  expect(problems).toEqual([]);
  return app;
}

function context(dir: string): SpecContext {
  const env = { PATH: path.join(dir, 'bin'), HOME: '/home/me', ZDM_DEBUG: '1' };
  return { dir, env, home: '/zdm', cpus: 4, platform: 'linux', node: NODE, code: 'BAD_CONFIG' };
}
