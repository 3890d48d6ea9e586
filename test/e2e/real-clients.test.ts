// Promise: what holds for our own load holds for the clients that people use: undici, autocannon, ws.
import autocannon from 'autocannon';
import { expect, test } from 'vitest';
import { Pool } from 'undici';
import { WebSocket } from 'ws';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { onceEvent, until } from '../helpers/until.ts';

async function start(box: Sandbox, fixture: string, instances: number, flags: string[] = []): Promise<number> {
  const script = box.copyFixture(fixture, 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api', '-i', String(instances), ...flags], { env: { PORT: String(port) } });
  return port;
}

test('autocannon, 50 connections: no error, no timeout, no answer but 200', async () => {
  const box = sandbox();
  const port = await start(box, 'fastify.js', 4);
  const run = autocannon(
    { url: `http://127.0.0.1:${port}/`, connections: 50, duration: 600, overallRate: 2_000 },
    () => undefined,
  );
  let answers = 0;
  run.on('response', () => (answers += 1));
  const done = new Promise<autocannon.Result>((resolve) => void run.on('done', resolve));
  for (let round = 1; round <= 3; round += 1) {
    await until(() => answers > round * 1_000, { within: 60_000, message: 'load runs' });
    await box.ok(['reload', 'api']);
  }
  const enough = answers + 1_000;
  await until(() => answers > enough, { within: 60_000, message: 'load goes on' });
  run.stop();
  const result = await done;
  expect(result).toMatchObject({ errors: 0, timeouts: 0, non2xx: 0, resets: 0 });
});

test('undici keeps its connections and sees no error', async () => {
  const box = sandbox();
  const port = await start(box, 'express.js', 2);
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 8 });
  let connects = 0;
  pool.on('connect', () => (connects += 1));
  const stop = new AbortController();
  let requests = 0;
  const client = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const { statusCode, body } = await pool.request({
        path: '/?n=1',
        method: requests % 2 ? 'POST' : 'GET',
        body: requests % 2 ? 'x'.repeat(2_000) : null,
      });
      await body.dump();
      expect(statusCode).toBe(200);
      requests += 1;
    }
  };
  const clients = Promise.all(Array.from({ length: 8 }, client));
  for (let round = 1; round <= 3; round += 1) {
    const enough = requests + 300;
    await until(() => requests > enough, { within: 60_000, message: 'load runs' });
    await box.ok(['reload', 'api']);
  }
  stop.abort();
  await clients;
  await pool.close();
  expect(connects).toBe(8);
});

test('a WebSocket does not hold the rollout up, stays with the old worker, and works until the drain limit', async () => {
  const box = sandbox();
  const port = await start(box, 'websocket.js', 1);
  const before = (await box.app('api')).workers[0]!;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await onceEvent(socket, 'open', 10_000);
  expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 1\/1 .* 1 draining/);
  const draining = (await box.app('api')).workers.find(({ pid }) => pid === before.pid);
  expect(draining).toMatchObject({ stage: 'draining', connections: 1 });
  const echo = onceEvent(socket, 'message', 10_000);
  socket.send('still here');
  await echo;
  const closed = onceEvent(socket, 'close', 10_000);
  socket.close();
  await closed;
  await until(async () => (await box.app('api')).workers.length === 1, {
    within: 10_000,
    message: 'the old worker ends',
  });
});
