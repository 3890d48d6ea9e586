// Promise: SIGSTOP of the daemon, of the master, of a worker: the others go on. Who is stopped, and how to go on, is said of a daemon;
// another master takes the place of one that is stopped; after SIGCONT all is well.
import { expect, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { isAlive } from '../helpers/processes.ts';
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

test('the master: its apps serve on, another one takes its place within seconds, and they are its own from then on', async () => {
  const { box, port, masterPid } = await startApi();
  const before = await box.app('api');
  const traffic = await startTraffic({ port, keepAlive: 8 });
  await traffic.more(100);
  process.kill(masterPid, 'SIGSTOP');
  // Who has a connection is served while nobody has noticed anything.
  await traffic.more(100);
  const after = await until(
    async () => {
      const app = await box.app('api');
      return app.state === 'online' && app.masterPid !== masterPid && app.up === 3 && app;
    },
    { within: 15_000, message: 'another master has the app' },
  );
  expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
  expect(after).toMatchObject({ restarts: 0, generation: 1, since: before.since });
  expect(isAlive(masterPid)).toBe(false);
  const fresh = await startTraffic({ port, keepAlive: 0, oneShot: 8 });
  await fresh.more(200);
  await box.ok(['reload', 'api']);
  expect(await box.app('api')).toMatchObject({ masterPid: after.masterPid, up: 3, restarts: 0, generation: 2 });
  for (const one of [traffic, fresh]) {
    const report = await one.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  }
});

test('the master, while new clients come: they wait for the next one, and none is refused', async () => {
  const { box, port, masterPid } = await startApi();
  process.kill(masterPid, 'SIGSTOP');
  const traffic = await startTraffic({ port, keepAlive: 4, oneShot: 4 });
  await traffic.more(500);
  expect((await box.app('api')).masterPid).not.toBe(masterPid);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
  expect(await box.app('api')).toMatchObject({ state: 'online', up: 3, restarts: 0 });
});

test('the master, and it goes on before anybody has missed it: it is the same one, and the only one', async () => {
  const { box, port, masterPid } = await startApi();
  const before = await box.app('api');
  const traffic = await startTraffic({ port, keepAlive: 4, oneShot: 1 });
  process.kill(masterPid, 'SIGSTOP');
  process.kill(masterPid, 'SIGCONT');
  await traffic.more(100);
  const after = await box.app('api');
  expect(after).toMatchObject({ masterPid, state: 'online', up: 3, restarts: 0 });
  expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
  const masters = box.processes().filter(({ command }) => command.startsWith('zdm: master'));
  expect(masters.map(({ pid }) => pid)).toEqual([masterPid]);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
});

test('the daemon and the master at once: when both go on, nobody was put in their place', async () => {
  const { box, port, masterPid } = await startApi();
  const before = await box.app('api');
  const daemon = (await box.daemonPid())!;
  const traffic = await startTraffic({ port, keepAlive: 8 });
  await traffic.more(100);
  for (const pid of [masterPid, daemon]) process.kill(pid, 'SIGSTOP');
  // Longer than a master has for an answer.
  const { code, stderr } = await box.zdm(['list']);
  expect([code, stderr]).toEqual([1, expect.stringContaining(`The daemon (pid ${daemon}) is stopped.`)]);
  await traffic.more(1_000);
  for (const pid of [daemon, masterPid]) process.kill(pid, 'SIGCONT');
  const after = await until(
    async () => {
      const app = await box.app('api');
      return app.state === 'online' && app.up === 3 && app;
    },
    { message: 'all is well' },
  );
  expect(await box.daemonPid()).toBe(daemon);
  expect(after).toMatchObject({ masterPid, restarts: 0 });
  expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
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
