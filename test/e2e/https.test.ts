// Promise: TLS that ends in the app cannot be moved, and still no client sees an error: answers under way finish, the next one
// says that the connection closes, idle connections live as long as they were told.
import https from 'node:https';
import { expect, test } from 'vitest';
import { Pool } from 'undici';
import { makeCertificate } from '../helpers/certificate.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const RELOADS = 5;

async function startSecure(box: Sandbox, flags: string[] = []): Promise<number> {
  const { key: KEY, cert: CERT } = await makeCertificate();
  const port = await freePort();
  const script = box.copyFixture('https.js', 'api');
  await box.ok(['start', script, '--name', 'api', '-i', '4', ...flags], { env: { PORT: `${port}`, KEY, CERT } });
  return port;
}

test('raw clients that reconnect when told to: no request fails over 5 reloads, slow answers too', async () => {
  const box = sandbox();
  const port = await startSecure(box);
  const traffic = await startTraffic({ port, tls: true, keepAlive: 24, oneShot: 3, slow: 4, slowMs: 700 });
  for (let round = 1; round <= RELOADS; round += 1) {
    await traffic.more(300);
    expect(await box.ok(['reload', 'api'])).toMatch(/0 connections cut/);
  }
  await traffic.more(300);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
  expect(report.byPid.size).toBeGreaterThan(4 * RELOADS);
});

test('undici and the agent of node: no error over 5 reloads', async () => {
  const box = sandbox();
  const port = await startSecure(box);
  const pool = new Pool(`https://127.0.0.1:${port}`, { connections: 8, connect: { rejectUnauthorized: false } });
  const agent = new https.Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false });
  const stop = new AbortController();
  let answers = 0;
  const withUndici = async (): Promise<void> => {
    const { statusCode, body } = await pool.request({ path: '/?n=1', method: 'POST', body: 'x'.repeat(3_000) });
    await body.dump();
    expect(statusCode).toBe(200);
  };
  const withNode = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = https.get({ port, host: '127.0.0.1', path: '/?n=1', agent }, (response) => {
        response.resume().once('end', resolve);
      });
      request.once('error', reject);
    });
  const client = async (ask: () => Promise<void>): Promise<void> => {
    while (!stop.signal.aborted) {
      await ask();
      answers += 1;
    }
  };
  const clients = Promise.all([withUndici, withNode].flatMap((ask) => Array.from({ length: 8 }, () => client(ask))));
  for (let round = 1; round <= RELOADS; round += 1) {
    const enough = answers + 200;
    // An error of a client ends the test here, not in a deadline.
    await Promise.race([until(() => answers > enough, { within: 60_000, message: 'load runs' }), clients]);
    await box.ok(['reload', 'api']);
  }
  stop.abort();
  await clients;
  agent.destroy();
  await pool.close();
});

test('an idle connection may be used as long as it was told, whatever the drain limit', async () => {
  const box = sandbox();
  const port = await startSecure(box, ['--drain-timeout', '500ms']);
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const ask = (): Promise<{ closes: boolean; reused: boolean; pid: number }> =>
    new Promise((resolve, reject) => {
      const request = https.get({ port, host: '127.0.0.1', path: '/?n=1', agent }, (response) => {
        let text = '';
        response.on('data', (part) => (text += String(part)));
        const closes = response.headers.connection === 'close';
        const done = (): void => resolve({ closes, reused: request.reusedSocket, pid: JSON.parse(text).pid as number });
        response.once('end', done);
      });
      request.once('error', reject);
    });
  const before = await ask();
  await box.ok(['reload', 'api']);
  // Well past the drain limit, well before the 5 s of node's keep-alive.
  const dismissed = Date.now();
  await until(() => Date.now() - dismissed > 2_000, { message: 'the drain limit is over' });
  expect(await ask()).toEqual({ closes: true, reused: true, pid: before.pid });
  expect((await ask()).pid).not.toBe(before.pid);
  agent.destroy();
  await until(async () => (await box.app('api')).workers.length === 4, { within: 15_000, message: 'the old ones go' });
  const { receipt } = (await box.app('api')).operations.at(-1)!;
  expect(receipt).toMatchObject({ cut: 0, open: 0, drained: 1 });
});
