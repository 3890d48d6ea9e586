// Promise: anything that is not a Node.js script is run as it is, in fork mode, and leaves nothing behind.
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ask } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { childrenOf, isAlive } from '../helpers/processes.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

test('a shell script: its arguments, its log, its trap on stop', async () => {
  const box = sandbox();
  const script = box.copyFixture('hello.sh');
  const start = await box.ok(['start', script, '--min-uptime', '200', '--', 'a b', 'c']);
  expect(start).toMatch(/^hello: started 1\/1 in [\d.]+m?s\n$/);
  const app = await box.app('hello');
  expect(app).toMatchObject({ state: 'online', up: 1, listeners: [], spec: { execMode: 'fork' } });
  expect(app.spec.interpreter).toMatch(/\/(bash|sh)$/);
  await box.ok(['stop', 'hello']);
  expect(await box.ok(['logs', 'hello', '--no-follow', '--raw'])).toBe('hello from sh, arguments: a b c\nstopping\n');
});

test('a Python program serves; its reload is a restart with a gap, and says so', async () => {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('hello.py');
  await box.ok(['start', script, '--min-uptime', '300'], { env: { PORT: `${port}` } });
  await until(() => accepts(port), { message: 'it listens' });
  expect((await ask(port)).text).toBe('hello from python');
  const { pid } = (await box.app('hello')).workers[0]!;
  expect(await box.ok(['reload', 'hello'])).toMatch(/a fork-mode app owns its ports: this was a restart, with a gap/);
  await until(() => accepts(port), { message: 'it listens again' });
  const after = await box.app('hello');
  expect(after).toMatchObject({ up: 1, generation: 2, restarts: 0 });
  expect(after.workers[0]!.pid).not.toBe(pid);
  expect(await box.ok(['list'])).toMatch(/hello +fork/);
});

test('a command found in PATH, a program without an interpreter, and node in fork mode', async () => {
  const box = sandbox();
  const uptime = ['--min-uptime', '200'];
  await box.ok(['start', 'sleep', ...uptime, '--', '1000']);
  const { spec, workers } = await box.app('sleep');
  expect(spec).toMatchObject({ execMode: 'fork', interpreter: null, args: ['1000'] });
  expect(spec.script).toMatch(/\/sleep$/);
  expect(execFileSync('ps', ['-o', 'args=', '-p', `${workers[0]!.pid}`], { encoding: 'utf8' })).toMatch(/sleep 1000/);

  const program = box.writeFile('program', '#!/bin/sh\necho "I am $0"\nexec sleep 1000\n');
  chmodSync(program, 0o755);
  await box.ok(['start', program, ...uptime]);
  expect((await box.app('program')).spec.interpreter).toBe(null);

  const port = await freePort();
  const script = box.copyFixture('ready-message.js', 'own');
  const env = { PORT: `${port}`, READY_MS: '100' };
  await box.ok(['start', script, '-n', 'own', '--exec-mode', 'fork', '--wait-ready'], { env });
  expect(JSON.parse((await ask(port)).text)).toMatchObject({ slot: '0' });
  expect((await box.app('own')).spec.execMode).toBe('fork');
});

test('npm start: the script below npm is stopped with it', async () => {
  const box = sandbox();
  const port = await freePort();
  box.copyFixture('http.js', 'api');
  box.writeFile('api/package.json', JSON.stringify({ name: 'api', scripts: { start: 'node http.js' } }));
  const env = { PORT: `${port}`, npm_config_update_notifier: 'false' };
  await box.ok(['start', 'npm', '-n', 'api', '--cwd', 'api', '--min-uptime', '300', '--', 'start'], { env });
  await until(() => accepts(port), { within: 20_000, message: 'npm start serves' });
  const family = familyOf((await box.app('api')).workers[0]!.pid);
  expect(family.length).toBeGreaterThan(1);
  await box.ok(['stop', 'api']);
  await until(() => !family.some(isAlive), { message: 'npm and its script have ended' });
  expect(await accepts(port)).toBe(false);
});

test('a program that may not be run any more at a restart: the reason says so', async () => {
  const box = sandbox();
  const script = box.copyFixture('hello.sh');
  chmodSync(script, 0o755);
  await box.ok(['start', script, '--interpreter', 'none', '--min-uptime', '200']);
  chmodSync(script, 0o644);
  const restart = await box.zdm(['restart', 'hello']);
  expect(restart.code).toBe(1);
  expect(restart.stderr).toMatch(/restart failed at slot 0 .*the new worker ended with error EACCES /);
  expect(restart.stderr).toMatch(/Nothing of hello is running now/);
  chmodSync(script, 0o755);
  await until(async () => (await box.app('hello')).up === 1, { message: 'it is tried again by itself' });
});

function familyOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}
