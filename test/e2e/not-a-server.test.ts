// Promise: programs that never listen are kept running too, and a program that has done its work ends.
import { expect, test } from 'vitest';
import { accepts, freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

test('a background program: the first start waits for a port, says so, and a reload knows better', async () => {
  const box = sandbox();
  const script = box.copyFixture('background.js');
  const start = await box.ok(['start', script, '--listen-timeout', '700', '--min-uptime', '300']);
  expect(start).toMatch(
    /^background: started 1\/1 in [\d.]+m?s\nbackground: runs without listening on a port \(waited 0\.7s/,
  );
  const before = await box.app('background');
  expect(before).toMatchObject({ state: 'online', up: 1, listeners: [] });
  const reload = await box.ok(['reload', 'background']);
  expect(reload).toMatch(/ready after 3\d\dms/);
  expect(reload).not.toMatch(/without listening/);
  const after = await box.app('background');
  expect(after).toMatchObject({ state: 'online', up: 1, generation: 2, restarts: 0 });
  expect(after.workers[0]!.pid).not.toBe(before.workers[0]!.pid);
});

test('a program that ends by itself does end: with autorestart it is run again, without it is over', async () => {
  const box = sandbox();
  const script = box.copyFixture('finishes.js');
  const env = { WORK_MS: '600' };
  const once = await box.zdm(['start', script, '-n', 'once', '--listen-timeout', '300', '--no-autorestart'], { env });
  expect(once.code, once.text).toBe(0);
  await until(async () => (await box.app('once')).state === 'stopped', { message: 'it is over' });
  const app = await box.app('once');
  expect(app.reason).toBe('it has finished (exit code 0)');
  expect(app.lastExit).toMatchObject({ code: 0, signal: null, lines: ['job started', 'job done'] });
  await box.ok(['start', script, '-n', 'again', '--listen-timeout', '300', '--min-uptime', '300'], { env });
  await until(async () => (await box.app('again')).restarts >= 2, { message: 'it is run again' });
  expect((await box.app('again')).state).not.toBe('errored');
});

test('a program that is done before it was ready fails to start, with what it said', async () => {
  const box = sandbox();
  const result = await box.zdm(['start', box.copyFixture('finishes.js')], { env: { WORK_MS: '50' } });
  expect(result.code).toBe(1);
  expect(result.ms).toBeLessThan(8_000);
  expect(result.stderr).toMatch(
    /start failed at slot 0 after .*: the new worker ended with exit code 0 before it was ready\n/,
  );
  expect(result.stderr).toMatch(/ {4}job done\n/);
});

test('a server that closes its port and has nothing more to do ends too', async () => {
  const box = sandbox();
  const port = await freePort();
  const script = box.writeApp(`
    const server = require('node:http').createServer((request, response) => {
      response.end('bye');
      server.close();
    }).listen(process.env.PORT);`);
  await box.ok(['start', script, '--no-autorestart'], { env: { PORT: `${port}` } });
  const { pid } = (await box.app('app')).workers[0]!;
  await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();
  await until(async () => (await box.app('app')).state === 'stopped', { message: 'it has ended' });
  expect((await box.app('app')).lastExit).toMatchObject({ pid, code: 0 });
  expect(await accepts(port)).toBe(false);
});
