// Promise: the exit code of a program with zdm/graceful is 0 when all was done, and 1 when something was cut; its time is limited,
// and a second signal ends it at once.
import { expect, test } from 'vitest';
import { get, joinPort } from '../daemon/connections/raw-client.ts';
import { startExitApp } from '../helpers/exit-app.ts';
import { ask } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/until.ts';

test('suicideTimeout: what is still under way is cut, callback and exit code are 1', async () => {
  const { port, process: app } = await startExitApp('http.mjs', { suicideTimeout: 400 });
  const [client, idle] = [await joinPort(port), await joinPort(port)];
  client.send(get('/slow?ms=60000'));
  idle.send(get('/?n=1'));
  await idle.gets('"n":1');
  const signalled = performance.now();
  app.kill();
  const { code, stdout } = await app.ended();
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('callback 1') });
  // The idle one does not count.
  expect(stdout).toContain('1 connections cut after 400 ms');
  expect(performance.now() - signalled).toBeGreaterThanOrEqual(400);
  expect(performance.now() - signalled).toBeLessThan(4_000);
  await until(() => client.ended);
});

test('an idle connection that outlasts the time is no reason for 1', async () => {
  const { port, process: app } = await startExitApp('http.js', { suicideTimeout: 300 });
  await joinPort(port);
  app.kill();
  expect(await app.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('callback 0') });
});

test('a second signal ends it at once, with 1; npm’s copy of the first does not', async () => {
  const { port, process: app } = await startExitApp('http.js');
  const client = await joinPort(port);
  client.send(get('/slow?ms=60000'));
  await ask(port);
  app.kill('SIGINT');
  app.kill('SIGINT');
  await app.waitFor('no longer accepting');
  const begun = performance.now();
  await until(() => performance.now() - begun > 300, { message: 'another press of the key' });
  expect(isAlive(app.pid)).toBe(true);
  app.kill('SIGTERM');
  expect(await app.ended(2_000)).toMatchObject({ code: 1, stdout: expect.not.stringContaining('callback') });
});

test('a callback is waited for, and one that fails is told', async () => {
  const good = await startExitApp('cleans-up.mjs');
  good.process.kill();
  expect(await good.process.ended()).toMatchObject({ code: 0, stdout: 'cleaned up\n', stderr: '' });
  const bad = await startExitApp('cleans-up.mjs', {}, { FAILS: '1' });
  bad.process.kill();
  expect(await bad.process.ended()).toMatchObject({ code: 1, stderr: expect.stringContaining('the database is gone') });
});

test('exitDelay: from the callback to the end', async () => {
  const { process: app } = await startExitApp('http.js', { exitDelay: 700 });
  app.kill();
  await app.waitFor('callback 0');
  const called = performance.now();
  expect(await app.ended()).toMatchObject({ code: 0 });
  expect(performance.now() - called).toBeGreaterThan(600);
});

test('without log it says nothing, without callback it just ends', async () => {
  const { process: app } = await startExitApp('http.js', { log: false });
  app.kill();
  expect(await app.ended()).toMatchObject({ code: 0, text: 'callback 0\n\n(exit code 0)' });
});

test('two servers of one program: it ends when both are done, with the worse code', async () => {
  for (const code of [0, 1]) {
    const PORT2 = await freePort();
    const env = { PORT2: `${PORT2}`, TIMEOUT2: '300' };
    const { port, process: app } = await startExitApp('two-servers.js', {}, env);
    const [first, second] = [await joinPort(port), await joinPort(PORT2)];
    first.send(get('/slow?ms=800&n=1'));
    if (code === 1) second.send(get('/slow?ms=60000'));
    else second.send(get('/?n=1', 'Connection: close\r\n'));
    await Promise.all([ask(port), ask(PORT2)]);
    app.kill();
    await first.gets('"n":1');
    const result = await app.ended();
    expect(result).toMatchObject({ code, stdout: expect.stringContaining(`second done: ${code}`) });
    expect(result.stdout).toMatch(/second done: \d[^]*first done: 0/);
  }
});

test('exitProcess: false: the process goes on; what is left is closed, or with force: false is not', async () => {
  for (const force of [true, false]) {
    const { port, process: app } = await startExitApp('stays.js', { suicideTimeout: 300, force });
    const client = await joinPort(port);
    client.send(get('/slow?ms=1500&n=9'));
    await ask(port);
    app.kill('SIGUSR2');
    await app.waitFor('exit() gave 1');
    expect(app.stdout).toContain('callback 1');
    expect(await accepts(port)).toBe(false);
    await until(() => client.ended);
    expect(client.text.includes('"n":9')).toBe(!force);
    expect(isAlive(app.pid)).toBe(true);
    app.kill('SIGUSR2');
    expect(await app.ended()).toMatchObject({ code: 0 });
  }
});
