// The fixture apps do what their names say, without any manager.
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'undici';
import { makeFixtures, type Fixtures } from './fixtures.ts';
import { ask, askFixture } from './http.ts';
import { accepts, freePort } from './ports.ts';
import { spawnLive, type LiveProcess, type RunOptions } from './run.ts';
import { onceEvent, until } from './until.ts';

test.for([
  ['throws-at-boot.js', 1, 'no such host'],
  ['exits-zero.js', 0, 'no work'],
  ['finishes.js', 0, 'job done'],
  ['crash-loop.js', 1, 'the cache is corrupt'],
] as const)('%s ends with %i and says "%s"', async ([name, code, says]) => {
  const { result } = await start(name);
  expect(await result.ended()).toMatchObject({ code, text: expect.stringContaining(says) });
});

test.for([
  ['throw', 1, 'the database password is missing'],
  ['exit 0', 0, 'leaving with 0'],
  ['crash-after 50', 1, 'crashed some time'],
] as const)('versioned.js with "%s"', async ([version, code, says]) => {
  const { result } = await start('versioned.js', { version });
  expect(await result.ended()).toMatchObject({ code, text: expect.stringContaining(says) });
});

test('versioned.js serves or never listens', async () => {
  const good = await start('versioned.js', { version: 'ok 3', listens: true });
  expect(await askFixture(good.port, '/?n=5')).toMatchObject({ n: 5, version: 3, pid: good.result.pid, slot: null });
  const bad = await start('versioned.js', { version: 'never' });
  expect(await accepts(bad.port)).toBe(false);
});

test('crashes-on-request.js', async () => {
  const { port, result } = await start('crashes-on-request.js', { listens: true });
  expect(await askFixture(port)).toMatchObject({ count: 1 });
  await expect(ask(port, '/crash')).rejects.toThrow('socket hang up');
  expect(await result.ended()).toMatchObject({ code: 1 });
  const second = await start('crashes-on-request.js', { listens: true });
  await expect(ask(second.port, '/die')).rejects.toThrow(/hang up|ECONNRESET/);
  expect(await second.result.ended()).toMatchObject({ signal: 'SIGKILL' });
});

test('signals: ignored, answered with own shutdown code', async () => {
  const stubborn = await start('ignores-sigterm.js', { listens: true });
  stubborn.result.kill('SIGTERM');
  await stubborn.result.waitFor('ignored SIGTERM');
  expect(await accepts(stubborn.port)).toBe(true);
  const polite = await start('exits-on-sigterm.js', { listens: true, env: { EXIT_CODE: '7', CLOSE_MS: '50' } });
  polite.result.kill('SIGTERM');
  expect(await polite.result.ended()).toMatchObject({ code: 7, stdout: 'closing on SIGTERM\n' });
  const tutorial = await start('server-close.js', { listens: true });
  tutorial.result.kill('SIGTERM');
  expect(await tutorial.result.ended()).toMatchObject({ code: 0 });
});

test('ports: two, one chosen by the system, a unix socket, plain TCP', async () => {
  const second = await freePort();
  const two = await start('two-ports.js', { listens: true, env: { PORT2: `${second}` } });
  await until(() => accepts(second));
  expect((await askFixture(second)).pid).toBe(two.result.pid);
  const zero = await start('port-zero.js');
  await zero.result.waitFor(/port \d+/);
  expect((await askFixture(Number(zero.result.stdout.slice(5)))).pid).toBe(zero.result.pid);
  const unix = await start('unix-socket.js', { env: { SOCKET: './app.sock' } });
  const socketPath = path.join(unix.work, 'app.sock');
  await until(() => ask(0, '/', { socketPath }).catch(() => null));
  const echo = await start('net-echo.js', { listens: true });
  const socket = createConnection(echo.port, '127.0.0.1', () => socket.write('hello'));
  expect(String((await onceEvent(socket, 'data'))[0])).toBe('hello');
  socket.destroy();
});

test('websocket.js, forks-child.js, blocks.js', async () => {
  const chat = await start('websocket.js', { version: '4', listens: true });
  const socket = new WebSocket(`ws://127.0.0.1:${chat.port}`);
  const said: unknown[] = [];
  socket.addEventListener('message', ({ data }) => said.push(data));
  socket.addEventListener('open', () => socket.send('hello'));
  await until(() => said.includes(`4 ${chat.result.pid} hello`));
  socket.close();
  const parent = await start('forks-child.js', { listens: true });
  const family = await until(async () => {
    const { process: child, thread } = JSON.parse((await ask(parent.port, '/family')).text);
    return child && thread && { child, thread };
  });
  expect(family.child).toMatchObject({ isWorker: false, traces: [], execArgv: [] });
  expect(family.thread).toMatchObject({ isWorker: false, pid: parent.result.pid });
  const busy = await start('blocks.js', { listens: true });
  const from = performance.now();
  await ask(busy.port, '/block?ms=200');
  expect(performance.now() - from).toBeGreaterThan(195);
});

test('prints.js, ready-message.js, slow-start.js, shows-context.js', async () => {
  const printer = await start('prints.js', { env: { LINES: '3', LONG: '10' } });
  await printer.result.waitFor('no end of line');
  expect(printer.result.stderr).toBe('err 1\nerr 2\nerr 3\n');
  const slow = await start('slow-start.js', { env: { BOOT_MS: '300' } });
  expect(await accepts(slow.port)).toBe(false);
  await until(() => accepts(slow.port));
  await start('ready-message.js', { listens: true, env: { READY_MS: '10' } });
  const shown = await start('shows-context.js', { listens: true });
  expect(JSON.parse((await ask(shown.port)).text)).toMatchObject({ argv: [], requireMain: true, cwd: shown.work });
});

interface Start {
  version?: string;
  listens?: boolean;
  env?: RunOptions['env'];
}

async function start(
  name: string,
  { version, listens, env }: Start = {},
): Promise<{ port: number; work: string; result: LiveProcess }> {
  const work = mkdtempSync('/tmp/zdm-fixture-');
  const fixtures: Fixtures = makeFixtures(work);
  const script = fixtures.copyFixture(name);
  if (version !== undefined) fixtures.setVersion(script, version);
  const port = await freePort();
  const result = spawnLive(script, [], { cwd: work, env: { PATH: process.env['PATH'], PORT: `${port}`, ...env } });
  onTestFinished(() => {
    result.kill('SIGKILL');
    rmSync(work, { recursive: true, force: true });
  });
  if (listens) await until(() => accepts(port), { message: `${name} listens` });
  return { port, work, result };
}
