// Promise: a program that uses zdm/graceful can be run by zdm as it is. There it leaves the connections to zdm, and runs only the
// user's own shutdown code, when zdm's signal comes.
import path from 'node:path';
import { expect, test } from 'vitest';
import { linkZdm } from '../helpers/program.ts';
import { ask } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const INSTANCES = 4;
const RELOADS = 1;
const CLEAN = { failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] };

async function printed(box: Sandbox): Promise<string[]> {
  return (await box.ok(['logs', 'api', '-n', '400', '--raw', '--no-follow'])).split('\n');
}

test.each(['http.mjs', 'express.js', 'koa.mjs', 'fastify.js'])(
  '%s: a reload under load, the callback of each old worker runs',
  async (form) => {
    const box = sandbox();
    const script = box.copyFixture(`exit/${form}`, 'api');
    box.copyFixture('exit/options.js', 'api');
    linkZdm(path.join(box.work, 'api'));
    const port = await freePort();
    await box.ok(['start', script, '-n', 'api', '-i', `${INSTANCES}`], { env: { PORT: `${port}` } });
    const bodies = form === 'koa.mjs' ? { postShare: 0 } : {};
    const traffic = await startTraffic({ port, keepAlive: 24, oneShot: 2, slow: 2, slowMs: 400, ...bodies });
    for (let round = 1; round <= RELOADS; round += 1) {
      await traffic.more(200);
      expect(await box.ok(['reload', 'api'])).toMatch(
        /reloaded 4\/4 .*\b0 (connections )?cut.* [1-9]\d* connections moved/,
      );
    }
    await traffic.more(200);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject(CLEAN);
    const called = async (): Promise<number> => (await printed(box)).filter((line) => line === 'callback 0').length;
    await until(async () => (await called()) === INSTANCES * RELOADS, { message: 'the callbacks of the old workers' });
    await box.ok(['stop', 'api']);
    await until(async () => (await called()) === INSTANCES * (RELOADS + 1), { message: 'the callbacks of stop' });
    const lines = await printed(box);
    // Its own way to exit was not taken.
    expect(lines.filter((line) => line.startsWith('zdm/graceful:'))).toEqual([]);
    const closes = lines.filter((line) => line === 'onClose').length;
    expect(closes).toBe(form === 'fastify.js' ? INSTANCES * (RELOADS + 1) : 0);
  },
);

test('gracefulExitHandler, called by the app’s own signal handler, runs the callback and ends the process', async () => {
  const box = sandbox();
  const script = box.writeFile(
    'api/app.js',
    `const { gracefulExitHandler, init } = require('zdm/graceful');
     const server = require('node:http').createServer((request, response) => response.end('here')).listen(process.env.PORT);
     init(server);
     process.on('SIGINT', () => gracefulExitHandler(null, server, { callback: (code) => console.log('callback ' + code) }));`,
  );
  linkZdm(path.join(box.work, 'api'));
  await box.ok(['start', script, '-n', 'api', '--kill-timeout', '60s'], { env: { PORT: `${await freePort()}` } });
  const begun = performance.now();
  await box.ok(['reload', 'api']);
  await until(async () => (await printed(box)).includes('callback 0'), { message: 'the callback' });
  expect(performance.now() - begun).toBeLessThan(30_000);
});

test('without shutdown code of the user’s it does nothing at all; in fork mode, where zdm drains nothing, it does its work', async () => {
  const box = sandbox();
  const source = `
    const { graceful, init } = require('zdm/graceful');
    const server = require('node:http').createServer((request, response) => {
      const seen = [process.listenerCount('SIGTERM'), process.listenerCount('SIGINT'), server.listenerCount('connection')];
      response.end(JSON.stringify(seen));
    });
    init(server);
    graceful(server);
    server.listen(process.env.PORT);`;
  const script = box.writeFile('own/app.js', source);
  linkZdm(path.join(box.work, 'own'));
  const seen = async (name: string, flags: string[]): Promise<number[]> => {
    const port = await freePort();
    await box.ok(['start', script, '-n', name, ...flags], { env: { PORT: `${port}` } });
    return JSON.parse((await until(() => ask(port).catch(() => null))).text) as number[];
  };
  const [terms, ints, connections] = (await seen('cluster', [])) as [number, number, number];
  expect(await seen('fork', ['--exec-mode', 'fork'])).toEqual([terms + 1, ints + 1, connections + 1]);
  expect([terms, ints]).toEqual([0, 0]);
});
