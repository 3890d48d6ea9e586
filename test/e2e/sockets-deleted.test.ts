// Promise: sockets may be deleted (somebody cleans /tmp). Daemon, master and workers find each other again, and there is never a
// second master.
import { rmSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { layoutOf } from '../../daemon/protocol/layout.ts';
import { freePort } from '../helpers/ports.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

async function startApi(box: Sandbox): Promise<number> {
  const port = await freePort();
  const script = box.copyFixture('http.js', 'api');
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
  return port;
}

const pidsOf = ({ workers }: AppStatus): number[] => workers.map(({ pid }) => pid);
const mastersOf = (box: Sandbox): number[] =>
  box
    .processes()
    .filter(({ command }) => command.startsWith('zdm: master'))
    .map(({ pid }) => pid);
const isSocket = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isSocket() ?? false;
const modeOf = (file: string): number => statSync(file).mode & 0o777;

const LONG_HOME = { home: `home${'-of-somebody-who-likes-long-names'.repeat(3)}` };

test('all of them, with their folder in /tmp: the same daemon and the same master are there within seconds', async () => {
  const box = sandbox(undefined, LONG_HOME);
  const port = await startApi(box);
  const layout = layoutOf(box.home, '/tmp');
  const { runtime, daemonSocket, masterSocket, workerSocket, run } = layout;
  expect(runtime).toMatch(/^\/tmp\/zdm-/);
  const daemon = await box.daemonPid();
  const { masterPid } = await box.app('api');
  const traffic = await startTraffic({ port, keepAlive: 4, oneShot: 1 });
  rmSync(runtime, { recursive: true });
  const sockets = [daemonSocket, masterSocket, workerSocket];
  await until(() => sockets.every(isSocket), { within: 5_000, message: 'the sockets' });
  expect(await box.daemonPid()).toBe(daemon);
  expect([runtime, run, ...sockets].map(modeOf)).toEqual([0o700, 0o700, 0o600, 0o600, 0o600]);
  // Another daemon finds the master there, too.
  killHard(daemon!);
  await box.ok(['reload', 'api']);
  const reloaded = await box.app('api');
  expect(reloaded).toMatchObject({ masterPid, state: 'online', up: 2 });
  // And workers the next master.
  killHard(masterPid!);
  const adopted = await until(
    async () => {
      const app = await box.app('api');
      return app.state === 'online' && app.masterPid !== masterPid && app.up === 2 && app;
    },
    { within: 10_000, message: 'another master has the app' },
  );
  expect(pidsOf(adopted)).toEqual(pidsOf(reloaded));
  expect(adopted.restarts).toBe(0);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
});

test('the one where workers wait for a master, while there is none: the next one makes it, and they come', async () => {
  const box = sandbox();
  const port = await startApi(box);
  const before = await box.app('api');
  const traffic = await startTraffic({ port, keepAlive: 4, oneShot: 1 });
  const daemon = (await box.daemonPid())!;
  // Nobody starts another one before a command does.
  for (const pid of [daemon, before.masterPid!]) killHard(pid);
  await until(() => !isAlive(daemon) && !isAlive(before.masterPid!));
  const { workerSocket, masterSocket } = layoutOf(box.home, '/tmp');
  for (const file of [workerSocket, masterSocket]) rmSync(file);
  await traffic.more(200);
  const after = await until(async () => (await box.app('api')).up === 2 && (await box.app('api')), {
    within: 10_000,
    message: 'both workers have come',
  });
  expect(pidsOf(after)).toEqual(pidsOf(before));
  expect(after).toMatchObject({ state: 'online', restarts: 0 });
  expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 2\/2 .*: 0 (connections )?cut/);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
});

test('the master’s, while it is stopped and cannot make another one, and the daemon dies: another one takes its place', async () => {
  const box = sandbox();
  const port = await startApi(box);
  const before = await box.app('api');
  const masterPid = before.masterPid!;
  const daemon = (await box.daemonPid())!;
  const kept = await startTraffic({ port, keepAlive: 4 });
  await kept.more(100);
  process.kill(masterPid, 'SIGSTOP');
  // These wait for the next one.
  const fresh = await startTraffic({ port, keepAlive: 4, oneShot: 4 });
  rmSync(layoutOf(box.home, '/tmp').masterSocket);
  killHard(daemon);
  await until(() => !isAlive(daemon));
  const after = await until(
    async () => {
      const { code, stdout } = await box.zdm(['list', '--json']);
      const app = code === 0 && (JSON.parse(stdout) as AppStatus[])[0]!;
      return app && app.state === 'online' && app.up === 2 && app.masterPid !== masterPid && app;
    },
    { within: 30_000, message: 'another master has the app' },
  );
  expect(isAlive(masterPid)).toBe(false);
  expect(mastersOf(box)).toEqual([after.masterPid]);
  expect(pidsOf(after)).toEqual(pidsOf(before));
  expect(after.restarts).toBe(0);
  await fresh.more(100);
  for (const traffic of [kept, fresh]) {
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
  }
});
