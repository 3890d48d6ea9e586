// Promise: the daemon may die. Apps do not notice, and the next command finds everything as it was.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const pidsOf = (app: { workers: readonly { pid: number }[] }): number[] => app.workers.map(({ pid }) => pid);

test('kill -9 of zdmd under load: no request fails, workers keep their pids, nothing is doubled', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  const port = await freePort();
  box.setVersion(script, 1);
  await box.ok(['start', script, '--name', 'api', '-i', '3'], { env: { PORT: String(port) } });
  const before = await box.app('api');
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2 });
  for (let round = 0; round < 3; round += 1) {
    await traffic.more(200);
    const daemon = await box.daemonPid();
    killHard(daemon!);
    await traffic.more(200);
    const after = await box.app('api');
    expect(await box.daemonPid()).not.toBe(daemon);
    expect(pidsOf(after)).toEqual(pidsOf(before));
    expect(after).toMatchObject({ masterPid: before.masterPid, state: 'online', restarts: 0, id: before.id });
  }
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
});

test('kill -9 of zdmd in the middle of a reload: the command follows on, the reload is finished', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  const port = await freePort();
  box.setVersion(script, 1);
  await box.ok(['start', script, '--name', 'api', '-i', '4'], { env: { PORT: String(port) } });
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2 });
  await traffic.more(200);
  box.setVersion(script, 2);
  const reload = box.spawnZdm(['reload', 'api']);
  await reload.waitFor(/slot 0 +ready/, 20_000);
  killHard((await box.daemonPid())!);
  expect((await reload.ended()).code, reload.output).toBe(0);
  expect(reload.output).toMatch(/reloaded 4\/4/);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  await until(async () => (await box.app('api')).up === 4, { within: 5_000, message: 'all four are up' });
});

test('zdm kill at the heels of a daemon and a master that died: the app that just comes back is stopped, too', async () => {
  const box = sandbox();
  const port = await freePort();
  await box.ok(['start', box.copyFixture('http.js', 'api'), '-n', 'api'], { env: { PORT: String(port) } });
  const { masterPid } = await box.app('api');
  const daemon = await box.daemonPid();
  for (const pid of [daemon, masterPid]) killHard(pid!);
  expect(await box.ok(['kill'])).toMatch(/^Stopped 1 app and the daemon\./);
  await until(() => box.processes().length === 0, { message: 'nothing is left' });
  expect(await box.app('api')).toMatchObject({ state: 'stopped', masterPid: null });
});

test('a master that was launched and never told what to do is told by the next daemon', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
  const before = await box.app('api');
  const daemon = (await box.daemonPid())!;
  killHard(daemon);
  killHard(before.masterPid!);
  await until(() => !isAlive(daemon) && !isAlive(before.masterPid!));
  const master = spawn(process.execPath, [path.join(path.dirname(box.cli), 'master.mjs')], {
    env: { ...process.env, ZDM_HOME: box.home },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => killHard(master.pid!));
  const pidFile = path.join(box.home, 'master.pid');
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').trim() === `${master.pid}`);
  const after = await until(async () => (await box.app('api')).up === 2 && (await box.app('api')), {
    message: 'both workers are up',
  });
  expect(pidsOf(after)).toEqual(pidsOf(before));
  expect(after).toMatchObject({ state: 'online', restarts: 0 });
  // There is one, and it has the app.
  const masters = box.processes().filter(({ command }) => command.startsWith('zdm: master'));
  expect(masters.map(({ pid }) => pid)).toEqual([after.masterPid]);
});
