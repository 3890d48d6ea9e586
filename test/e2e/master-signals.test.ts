// Promise: what deploy scripts send to a master works under the daemon, too, and they find its pid. It is the one of all apps: each does
// what the signal is for.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ask, askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { isAlive } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

async function started(): Promise<{ box: Sandbox; port: number; pidFile: string; master: number }> {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('http.js', 'api');
  await box.ok(['start', script, '-n', 'api', '-i', '2'], { env: { PORT: `${port}` } });
  const pidFile = path.join(box.home, 'master.pid');
  return { box, port, pidFile, master: Number(readFileSync(pidFile, 'utf8')) };
}

test('the pid is in the file, in list and in describe', async () => {
  const { box, master, pidFile } = await started();
  expect(master).toBe((await box.app('api')).masterPid);
  expect(await box.ok(['list', '--columns', 'name,master'])).toMatch(new RegExp(`^api +${master}$`, 'm'));
  expect(await box.ok(['list', '--pids'])).toContain(`${master}`);
  expect(await box.ok(['describe', 'api'])).toMatch(new RegExp(`master +pid ${master}`));
  // It waits for what is started next.
  await box.ok(['stop', 'api']);
  await until(async () => (await box.app('api')).masterPid === null, { message: 'the app has gone from it' });
  expect([isAlive(master), Number(readFileSync(pidFile, 'utf8'))]).toEqual([true, master]);
  await box.ok(['start', 'api']);
  expect((await box.app('api')).masterPid).toBe(master);
  await box.ok(['kill']);
  await until(() => !isAlive(master) && !existsSync(pidFile), { message: 'the file is gone with its master' });
});

test('SIGHUP and SIGUSR1 reload under load, one after the other, and drop nothing', async () => {
  const { box, port, master } = await started();
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2 });
  process.kill(master, 'SIGHUP');
  process.kill(master, 'SIGUSR1');
  const done = async (): Promise<number> =>
    (await box.app('api')).operations.filter(({ kind, phase }) => kind === 'reload' && phase === 'done').length;
  await until(async () => (await done()) === 2, { within: 30_000, message: 'both are done' });
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  const { operations, masterPid, generation } = await box.app('api');
  const asked = operations.filter(({ kind }) => kind === 'reload').map(({ by }) => by);
  expect(new Set(asked)).toEqual(new Set(['SIGHUP', 'SIGUSR1']));
  expect([masterPid, generation]).toEqual([master, 3]);
  expect(await box.ok(['describe', 'api'])).toMatch(/reload g\d → g\d done, .*\(SIGHUP\)/);
});

test('each of its apps does what the signal is for; one that is stopped is left alone', async () => {
  const { box, master } = await started();
  const script = box.copyFixture('http.js', 'other');
  for (const name of ['other', 'resting'])
    await box.ok(['start', script, '-n', name], { env: { PORT: `${await freePort()}` } });
  await box.ok(['stop', 'resting']);
  process.kill(master, 'SIGHUP');
  const generations = async (): Promise<string> =>
    (await box.list()).map(({ name, state, generation }) => `${name} ${state} ${generation}`).join(', ');
  await until(async () => (await generations()) === 'api online 2, other online 2, resting stopped 1', {
    message: 'both are reloaded',
  });
  for (const { masterPid, name } of await box.list()) expect(masterPid, name).toBe(name === 'resting' ? null : master);
});

test('SIGTERM drains all of them; what should run comes back', async () => {
  const { box, port, master } = await started();
  const otherPort = await freePort();
  await box.ok(['start', box.copyFixture('http.js', 'other'), '-n', 'other'], { env: { PORT: `${otherPort}` } });
  const before = await box.list();
  const slow = [port, otherPort].map((one) => ask(one, '/slow?ms=1000'));
  await until(
    async () => (await box.list()).every(({ workers }) => workers.some(({ connections }) => connections > 0)),
    { message: 'both requests are in flight' },
  );
  process.kill(master, 'SIGTERM');
  const pids = before.flatMap(({ workers }) => workers.map(({ pid }) => pid));
  await until(() => !pids.some(isAlive), { message: 'the workers have ended' });
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
  await until(async () => (await box.list()).every(({ state }) => state === 'online'), {
    within: 30_000,
    message: 'both are online again',
  });
  const after = await box.list();
  expect(after.map(({ name, up, restarts }) => [name, up, restarts])).toEqual([
    ['api', 2, 0],
    ['other', 1, 0],
  ]);
  for (const one of [port, otherPort]) expect(pids).not.toContain((await askFixture(one)).pid);
});

test('SIGINT, as a terminal sends it, is not meant for a master', async () => {
  const { box, port, master } = await started();
  process.kill(master, 'SIGINT');
  process.kill(master, 'SIGHUP');
  await until(async () => (await box.app('api')).generation === 2, { message: 'what came later is done' });
  expect((await box.app('api')).masterPid).toBe(master);
  expect((await askFixture(port)).slot).toMatch(/[01]/);
});
