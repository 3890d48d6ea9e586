// Promise: what deploy scripts send to a master works under the daemon, too, and they find its pid.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
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
  const pidFile = path.join(box.home, 'apps', 'api', 'master.pid');
  return { box, port, pidFile, master: Number(readFileSync(pidFile, 'utf8')) };
}

test('the pid is in the file, in list and in describe', async () => {
  const { box, master, pidFile } = await started();
  expect(master).toBe((await box.app('api')).masterPid);
  expect(await box.ok(['list', '--columns', 'name,master'])).toMatch(new RegExp(`^api +${master}$`, 'm'));
  expect(await box.ok(['list', '--pids'])).toContain(`${master}`);
  expect(await box.ok(['describe', 'api'])).toMatch(new RegExp(`master +pid ${master}`));
  await box.ok(['stop', 'api']);
  await until(() => !existsSync(pidFile), { message: 'the file is gone with its master' });
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

test('SIGTERM drains and ends it; what should run comes back', async () => {
  const { box, port, master } = await started();
  process.kill(master, 'SIGTERM');
  await until(() => !isAlive(master), { message: 'it has ended' });
  const { masterPid } = await until(
    async () => {
      const app = await box.app('api');
      return app.state === 'online' && app;
    },
    { within: 30_000, message: 'it is online again' },
  );
  expect(masterPid).not.toBe(master);
  expect((await askFixture(port)).slot).toMatch(/[01]/);
});

test('SIGINT, as a terminal sends it, is not meant for a master', async () => {
  const { box, port, master } = await started();
  process.kill(master, 'SIGINT');
  process.kill(master, 'SIGHUP');
  await until(async () => (await box.app('api')).generation === 2, { message: 'what came later is done' });
  expect((await box.app('api')).masterPid).toBe(master);
  expect((await askFixture(port)).slot).toMatch(/[01]/);
});
