// Promise: shutdown code that an app brings along is run and given its time, and harms no client.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ask } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';

/** Reloads twice and stops under load; gives what the app printed. */
async function lifeUnderLoad(box: Sandbox, script: string, ...more: string[]): Promise<string> {
  const port = await freePort();
  await box.ok(['start', script, '-n', 'api', '-i', '2', ...more], { env: { PORT: `${port}` } });
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2, slow: 2, slowMs: 400 });
  for (let round = 0; round < 2; round += 1) {
    await traffic.more(150);
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 2\/2 .*\b0 (connections )?cut/);
  }
  await traffic.more(150);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  await box.ok(['stop', 'api']);
  return box.ok(['logs', 'api', '-n', '100', '--raw', '--no-follow']);
}

test('SIGTERM and SIGINT handlers that take their time: each worker runs one of them once, and none is killed', async () => {
  const box = sandbox();
  const printed = await lifeUnderLoad(box, box.copyFixture('exits-on-sigterm.js', 'api'));
  expect(printed.match(/^closing on SIG(INT|TERM)$/gm)).toHaveLength(6);
  const { operations } = await box.app('api');
  expect(JSON.stringify(operations)).not.toMatch(/was killed/);
});

test('a handler of SIGTERM alone gets SIGTERM', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  const own = box.writeFile(
    'api/own.js',
    `process.on('SIGTERM', () => { console.log('bye'); process.exit(3); });
    require('./http.js');`,
  );
  expect(path.dirname(own)).toBe(path.dirname(script));
  const printed = await lifeUnderLoad(box, own);
  expect(printed.match(/^bye$/gm)).toHaveLength(6);
});

test('server.close() as in the tutorials: no connection is reset by it', async () => {
  const box = sandbox();
  await lifeUnderLoad(box, box.copyFixture('server-close.js', 'api'));
});

test('an app that ignores signals is replaced all the same: killed when nobody needs it any more', async () => {
  const box = sandbox();
  const printed = await lifeUnderLoad(box, box.copyFixture('ignores-sigterm.js', 'api'), '--kill-timeout', '300');
  expect(printed).toMatch(/ignored SIG/);
});

test('its messages are its own: it sees none of ours, and may listen, send and leave as it likes', async () => {
  const box = sandbox();
  const port = await freePort();
  const file = path.join(box.work, 'seen.log');
  const script = box.writeApp(`
    const fs = require('node:fs');
    const say = (text) => fs.appendFileSync(process.env.SEEN, text + '\\n');
    process.on('message', (message) => say('message ' + JSON.stringify(message)));
    process.on('disconnect', () => say('disconnect'));
    process.on('exit', (code) => say('exit ' + code));
    process.on('SIGINT', () => process.exit(0));
    process.send({ type: 'metrics', rss: 1 });
    process.send('hello');
    require('node:http').createServer((request, response) => response.end('{}')).listen(process.env.PORT);`);
  await box.ok(['start', script], { env: { PORT: `${port}`, SEEN: file } });
  await Promise.all(Array.from({ length: 20 }, () => ask(port)));
  await box.ok(['reload', 'app']);
  await box.ok(['stop', 'app']);
  expect(readFileSync(file, 'utf8')).toBe('exit 0\nexit 0\n');
});
