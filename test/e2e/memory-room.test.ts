// Promise: a rollout for whose extra workers there is no memory takes fewer at once, or is refused with the figures; nothing is
// killed for it.
import { expect, test } from 'vitest';
import { canLimitMemory, memoryLimit } from '../helpers/memory-limit.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

test.skipIf(!canLimitMemory)('the memory that one more worker needs is compared with what is left', async () => {
  const group = memoryLimit();
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('http.js', 'api');
  const flags = ['--name', 'api', '-i', '2', '--surge', '2'];
  await box.ok(['start', script, ...flags], { env: { PORT: `${port}` } });
  const { masterPid } = await box.app('api');
  const memories = async (): Promise<number[]> => (await box.app('api')).workers.map(({ memory }) => memory ?? 0);
  await until(async () => (await memories()).every((memory) => memory > 0), { message: 'their memory is measured' });
  const each = Math.max(...(await memories()));
  const before = await box.app('api');
  const traffic = await startTraffic({ port, keepAlive: 4, oneShot: 1 });
  await traffic.more(50);
  group.put(masterPid!);

  group.leave(each * 0.5);
  const refused = await box.zdm(['reload', 'api']);
  expect(refused.code).toBe(1);
  expect(refused.text).toMatch(/there is no room for one more worker: a worker has \d+M, its cgroup has \d+M left/);
  const after = await box.app('api');
  expect(after).toMatchObject({ generation: 1, up: 2 });
  expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));

  group.leave(each * 1.9);
  const fewer = await box.ok(['reload', 'api']);
  expect(fewer).toMatch(/surge was 1 instead of 2: a worker has \d+M, its cgroup has \d+M left/);
  expect(await box.app('api')).toMatchObject({ generation: 2, up: 2, restarts: 0 });
  await traffic.more(50);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
});
