// Promise: the number of instances changes under load without a client noticing.
import { expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';

test('up, down, +n and -n under keep-alive load: nothing fails, and nobody has to connect again', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '-n', 'api'], { env: { PORT: `${port}` } });
  const [first] = (await box.app('api')).workers;
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2, slow: 2, slowMs: 500 });
  const scaleTo = async (word: string, wanted: number, receipt: RegExp): Promise<void> => {
    await traffic.more(150);
    expect(await box.ok(['scale', 'api', word])).toMatch(receipt);
    expect(await box.app('api'), word).toMatchObject({ wanted, up: wanted, state: 'online', restarts: 0 });
  };
  await scaleTo('3', 3, /api: scaled to 3 in /);
  await scaleTo('+1', 4, /api: scaled to 4 in /);
  await scaleTo('-2', 2, /api: scaled to 2 in /);
  await scaleTo('1', 1, /api: scaled to 1 in /);
  await scaleTo('-5', 1, /api: scaled to 1 in /);
  await scaleTo('2', 2, /api: scaled to 2 in /);
  await traffic.more(150);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  expect(report.byPid.size).toBe(5);
  const app = await box.app('api');
  expect(app.generation).toBe(1);
  expect(app.workers[0]!.pid).toBe(first!.pid);

  // The number stays, in a restart and while the app is stopped.
  await box.ok(['stop', 'api']);
  expect(await box.ok(['scale', 'api', '+1'])).toBe('api: is stopped; the number holds from its next start\n');
  await box.ok(['kill']);
  expect(await box.app('api')).toMatchObject({ wanted: 3, up: 0 });
  await box.ok(['start', 'api']);
  expect(await box.app('api')).toMatchObject({ wanted: 3, up: 3 });
});
