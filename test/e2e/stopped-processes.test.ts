// Promise: SIGSTOP of the daemon, of a master, of a worker: the others go on, it is said who is stopped and how to go on, and after
// SIGCONT all is well.
import { expect, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

async function startApi(): Promise<{ box: Sandbox; port: number; masterPid: number }> {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('http.js', 'api');
  await box.ok(['start', script, '--name', 'api', '-i', '3'], { env: { PORT: String(port) } });
  return { box, port, masterPid: (await box.app('api')).masterPid! };
}

test('the daemon, in the middle of a reload: commands say so, the app and its reload go on', async () => {
  const { box, port } = await startApi();
  const traffic = await startTraffic({ port, keepAlive: 4, oneShot: 1 });
  const daemon = (await box.daemonPid())!;
  const reload = box.spawnZdm(['reload', 'api']);
  await reload.waitFor(/slot 0 +ready/);
  process.kill(daemon, 'SIGSTOP');
  const { code, stderr } = await box.zdm(['list']);
  expect([code, stderr]).toEqual([1, expect.stringContaining(`The daemon (pid ${daemon}) is stopped.`)]);
  expect(stderr).toContain(`kill -CONT ${daemon}`);
  process.kill(daemon, 'SIGCONT');
  expect((await reload.ended()).code, reload.output).toBe(0);
  expect(await box.daemonPid()).toBe(daemon);
  expect(await box.app('api')).toMatchObject({ state: 'online', up: 3, generation: 2 });
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
});

test('a master: its app is unreachable, no other one is started, and it is found again', async () => {
  const { box, masterPid } = await startApi();
  process.kill(masterPid, 'SIGSTOP');
  const state = async (): Promise<string> => (await box.app('api')).state;
  await until(async () => (await state()) === 'unreachable', { within: 15_000, message: 'unreachable' });
  const words = `The master of api (pid ${masterPid}) is stopped. Let it go on: kill -CONT ${masterPid}`;
  expect((await box.app('api')).reason).toBe(words);
  const refused = await box.zdm(['reload', 'api']);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(words)]);
  process.kill(masterPid, 'SIGCONT');
  await until(async () => (await state()) === 'online', { within: 10_000, message: 'online again' });
  await box.ok(['reload', 'api']);
  expect(await box.app('api')).toMatchObject({ masterPid, up: 3, restarts: 0, generation: 2 });
});

test('a worker: the others serve, and it does again', async () => {
  const { box, port } = await startApi();
  const victim = (await askFixture(port)).pid;
  process.kill(victim, 'SIGSTOP');
  for (let turn = 0; turn < 30; turn += 1) expect((await askFixture(port)).pid).not.toBe(victim);
  process.kill(victim, 'SIGCONT');
  await until(async () => (await askFixture(port)).pid === victim, { message: 'it serves again' });
  expect(await box.app('api')).toMatchObject({ up: 3, restarts: 0 });
});
