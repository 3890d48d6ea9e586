// Promise: `zdm start` runs a script as it was described, and returns when it serves.
import { cpus } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask, askFixture } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

interface Context {
  argv: string[];
  cwd: string;
  execArgv: string[];
  env: Record<string, string>;
  requireMain: boolean;
  script: string;
}

async function contextOf(port: number): Promise<Context> {
  return JSON.parse((await ask(port)).text) as Context;
}

describe('a script', () => {
  test('without options: cluster mode, one instance, named after the script; it serves when the command returns', async () => {
    const box = sandbox();
    const script = box.copyFixture('http.js');
    const port = await freePort();
    const { code, stdout, stderr, pipesHeld } = await box.zdm(['start', script], { env: { PORT: `${port}` } });
    expect({ code, stderr, pipesHeld }).toEqual({ code: 0, stderr: '', pipesHeld: false });
    expect(stdout).toMatch(/^http: started 1\/1 in [\d.]+m?s, listens on \d+\n$/);
    const answer = await askFixture(port);
    const app = await box.app('http');
    expect(app).toMatchObject({ id: 0, state: 'online', up: 1, wanted: 1, generation: 1, listeners: [`${port}`] });
    expect(app.spec).toMatchObject({ execMode: 'cluster', script, cwd: box.work, interpreter: null, instances: 1 });
    expect(app.workers.map(({ pid }) => pid)).toEqual([answer.pid]);
    expect(app.operations).toMatchObject([{ kind: 'start', phase: 'done', failure: null, note: null }]);
  });

  test('with options and arguments: the app sees exactly what plain node would show it', async () => {
    const box = sandbox();
    const script = box.copyFixture('shows-context.js');
    const folder = path.dirname(box.writeFile('elsewhere/.env', 'FROM_FILE="a b"\nBOTH=file\n'));
    const port = await freePort();
    const options = ['--name', 'ctx', '--cwd', folder, '--node-args', '--max-old-space-size=99 --no-warnings'];
    const args = ['--port', 'x y', '--', '--name', 'other'];
    const env = { PORT: `${port}`, BOTH: 'shell', FROM_SHELL: 'yes', NODE_APP_INSTANCE: '7' };
    await box.ok(
      ['start', script, ...options, '--env-file', 'elsewhere/.env', '--kill-timeout', '1.5s', '--', ...args],
      { env },
    );
    const seen = await contextOf(port);
    expect(seen).toMatchObject({ argv: args, cwd: folder, requireMain: true, script });
    expect(seen.execArgv).toEqual(['--max-old-space-size=99', '--no-warnings']);
    expect(seen.env).toMatchObject({
      FROM_FILE: 'a b',
      BOTH: 'file',
      FROM_SHELL: 'yes',
      NODE_APP_INSTANCE: '0',
      ZDM_APP: 'ctx',
    });
    expect(seen.env).not.toHaveProperty('NODE_UNIQUE_ID');
    expect(seen.env).not.toHaveProperty('NODE_OPTIONS');
    expect((await box.app('ctx')).spec.killTimeout).toBe(1_500);
    // Values are secrets: names are shown, nothing else.
    expect(await box.ok(['list', '--json'])).not.toContain('a b');
  });

  test('-i 2 and -i max: each worker has a number of its own in NODE_APP_INSTANCE', async () => {
    const box = sandbox();
    const script = box.copyFixture('http.js');
    const ports = [await freePort(), await freePort()];
    await box.ok(['start', script, '--name', 'two', '-i', '2'], { env: { PORT: `${ports[0]}` } });
    await box.ok(['start', script, '--name', 'max', '-i', 'max'], { env: { PORT: `${ports[1]}` } });
    const slots = new Set<string | null>();
    await until(async () => slots.add((await askFixture(ports[0]!)).slot).size === 2, { message: 'both answer' });
    expect(slots).toEqual(new Set(['0', '1']));
    expect(await box.app('max')).toMatchObject({ up: cpus().length, wanted: cpus().length });
  });

  test('an ES module', async () => {
    const box = sandbox();
    const port = await freePort();
    await box.ok(['start', box.copyFixture('esm.mjs')], { env: { PORT: `${port}` } });
    expect((await askFixture(port)).slot).toBe('0');
    expect((await box.app('esm')).spec.execMode).toBe('cluster');
  });

  test('two ports, a port that the system chooses, and a unix socket: reloaded, all of them serve on', async () => {
    const box = sandbox();
    const [one, two] = [await freePort(), await freePort()];
    await box.ok(['start', box.copyFixture('two-ports.js')], { env: { PORT: `${one}`, PORT2: `${two}` } });
    await box.ok(['start', box.copyFixture('port-zero.js'), '-i', '2']);
    const socketPath = path.join(box.work, 'app.sock');
    await box.ok(['start', box.copyFixture('unix-socket.js')], { env: { SOCKET: './app.sock' } });
    expect((await box.app('two-ports')).listeners.toSorted()).toEqual([`127.0.0.1:${two}`, `${one}`].toSorted());
    const zero = (await box.app('port-zero')).listeners;
    expect(zero).toHaveLength(1);
    expect((await box.app('unix-socket')).listeners).toEqual([socketPath]);
    const pids = async (): Promise<number[]> => [
      (await askFixture(one)).pid,
      (await askFixture(two)).pid,
      (await askFixture(Number(zero[0]))).pid,
      (await askFixture(0, '/', { socketPath })).pid,
    ];
    const before = await pids();
    await box.ok(['reload', 'all']);
    const after = await pids();
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    expect((await box.app('port-zero')).listeners).toEqual(zero);
  });

  test('its children and threads are ordinary Node.js processes: nothing of zdm is in them', async () => {
    const box = sandbox();
    const port = await freePort();
    await box.ok(['start', box.copyFixture('forks-child.js')], { env: { PORT: `${port}` } });
    const family = await until(async () => {
      const seen = JSON.parse((await ask(port, '/family')).text);
      return seen.process && seen.thread && seen;
    });
    const { pid } = await askFixture(port);
    // Which app they belong to is in the environment, as NODE_APP_INSTANCE is; nothing else is.
    const ordinary = { isWorker: false, execArgv: [], traces: ['ZDM_APP', 'ZDM_GENERATION', 'ZDM_WORKER'] };
    for (const seen of [family.process, family.thread]) seen.traces.sort();
    expect(family).toMatchObject({ process: ordinary, thread: { ...ordinary, pid } });
    expect((await ask(family.process.port)).text).toBe('kin');
    expect((await box.app('forks-child')).listeners).toEqual([`${port}`]);
  });
});

describe('an app that is known', () => {
  test('is started again by its name or id as it was described; while it runs, its name is taken', async () => {
    const box = sandbox();
    const script = box.copyFixture('shows-context.js');
    const port = await freePort();
    await box.ok(['start', script, '-n', 'api', '--', 'first'], { env: { PORT: `${port}`, COLOUR: 'red' } });
    const taken = await box.zdm(['start', script, '-n', 'api', '--', 'second']);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toMatch(/^zdm: An app named "api" is running already \(id 0\)\.\n.*zdm reload api/);
    expect((await contextOf(port)).argv).toEqual(['first']);
    expect(await box.ok(['start', 'api'])).toBe('api: runs already\n');
    await box.ok(['stop', 'api']);
    expect(await accepts(port)).toBe(false);
    for (const target of ['api', '0']) {
      expect(await box.ok(['start', target], { env: { COLOUR: 'blue' } })).toMatch(/^api: started 1\/1 /);
      expect(await contextOf(port)).toMatchObject({ argv: ['first'], env: { COLOUR: 'red' } });
      await box.ok(['stop', 'api']);
    }
    // Stopped, it can be described anew under its name.
    await box.ok(['start', script, '-n', 'api', '--', 'second'], { env: { PORT: `${port}` } });
    expect((await contextOf(port)).argv).toEqual(['second']);
    expect(await box.app('api')).toMatchObject({ id: 0 });
  });
});
