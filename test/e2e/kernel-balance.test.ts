// Promise: with `balance: kernel` each worker accepts by itself, and a reload, a crash or a blocked worker is as invisible as ever.
import http from 'node:http';
import { describe, expect, test } from 'vitest';
import { kernelCanBalance } from '../../daemon/protocol/balance.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { onceEvent, until } from '../helpers/until.ts';

async function startApp(fixture: string, instances: number): Promise<{ box: Sandbox; port: number; printed: string }> {
  const box = sandbox();
  const script = box.copyFixture(fixture, 'api');
  const port = await freePort();
  const flags = ['-n', 'api', '-i', `${instances}`, '--balance', 'kernel'];
  const { text } = await box.zdm(['start', script, ...flags], { env: { PORT: `${port}` } });
  return { box, port, printed: text };
}

test.skipIf(kernelCanBalance())('where the kernel cannot, zdm says so and hands out as usual', async () => {
  const { box, printed } = await startApp('http.js', 2);
  expect(printed).toMatch(/balance "kernel" needs Linux and Node 22\.12/);
  expect(await box.app('api')).toMatchObject({ state: 'online', up: 2 });
});

describe.skipIf(!kernelCanBalance())('balance: kernel', () => {
  test('100,000 one-shot connections and 5 reloads: 0 failed, keep-alive clients keep their connections', async () => {
    const { box, port } = await startApp('http.js', 4);
    const traffic = await startTraffic({ port, keepAlive: 8, oneShot: 48, rest: 2 });
    for (let round = 1; round <= 5; round += 1) {
      await traffic.more(20_000, 120_000);
      expect(await box.ok(['reload', 'api'])).toMatch(/\b0 (connections )?cut/);
    }
    await until(() => traffic.requests >= 130_000, { within: 120_000, message: 'enough connections' });
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0, duplicates: [] });
    expect(report.sockets['one-shot']).toBeGreaterThan(100_000);
    console.log(`${report.sockets['one-shot']} one-shot connections`);
    const shares = [...report.byPid.values()];
    expect(shares.length).toBe(24);
  }, 240_000);

  test('up and down under load: nothing fails', async () => {
    const { box, port } = await startApp('http.js', 2);
    const traffic = await startTraffic({ port, keepAlive: 4, oneShot: 8 });
    for (const word of ['4', '1', '3']) {
      await traffic.more(500);
      await box.ok(['scale', 'api', word]);
    }
    await traffic.more(500);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  });

  test('a blocked worker: the others serve what comes to its socket', async () => {
    const { box, port } = await startApp('blocks.js', 3);
    const ask = async (path: string): Promise<number> => {
      const request = http.get({ port, host: '127.0.0.1', path, agent: false });
      const [response] = (await onceEvent(request, 'response', 20_000)) as [http.IncomingMessage];
      let text = '';
      for await (const part of response) text += String(part);
      return (JSON.parse(text) as { pid: number }).pid;
    };
    const started = Date.now();
    let isBlocked = true;
    const blocked = ask('/block?ms=8000').finally(() => (isBlocked = false));
    await until(() => box.logs().includes('blocked from now on'), { message: 'the worker is blocked' });
    const pids: number[] = [];
    // One after another: each of them would wait for the blocked one if the kernel chose its socket and nobody stepped in.
    while (pids.length < 100) pids.push(await ask('/?n=1'));
    expect(isBlocked, `after ${Date.now() - started} ms`).toBe(true);
    expect(pids).not.toContain(await blocked);
  });

  test('a crash of one worker, and a restart of the only one: connections wait and are served', async () => {
    const { box, port } = await startApp('http.js', 1);
    const traffic = await startTraffic({ port, oneShot: 8, keepAlive: 0 });
    await traffic.more(300);
    await box.ok(['restart', 'api']);
    await traffic.more(300);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
  });
});
