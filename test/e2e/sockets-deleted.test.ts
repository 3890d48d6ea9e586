// Promise: sockets may be deleted (somebody cleans /tmp). Daemon and masters are found again, and no app gets a second master.
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
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

const mastersOf = (box: Sandbox): number => box.processes().filter(({ command }) => command.startsWith('zdm: ')).length;
const isSocket = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isSocket() ?? false;
const modeOf = (file: string): number => statSync(file).mode & 0o777;

test('all of them, with their folder in /tmp: the same daemon and the same master are there within seconds', async () => {
  const box = sandbox(undefined, { home: `home${'-of-somebody-who-likes-long-names'.repeat(3)}` });
  const port = await startApi(box);
  const layout = layoutOf(box.home, '/tmp');
  const { runtime, daemonSocket } = layout;
  expect(runtime).toMatch(/^\/tmp\/zdm-/);
  const daemon = await box.daemonPid();
  const { masterPid } = await box.app('api');
  const traffic = await startTraffic({ port, keepAlive: 4, oneShot: 1 });
  rmSync(runtime, { recursive: true });
  const sockets = [daemonSocket, layout.masterSocket];
  await until(() => sockets.every(isSocket), { within: 5_000, message: 'the sockets' });
  expect(await box.daemonPid()).toBe(daemon);
  expect([runtime, path.dirname(layout.masterSocket), ...sockets].map(modeOf)).toEqual([0o700, 0o700, 0o600, 0o600]);
  // Another daemon finds the master there, too.
  killHard(daemon!);
  await box.ok(['reload', 'api']);
  expect(await box.app('api')).toMatchObject({ masterPid, state: 'online', up: 2 });
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
});

test('a master’s, while it cannot make another one, and the daemon dies: it is waited for, with its pid', async () => {
  const box = sandbox();
  await startApi(box);
  const { masterPid } = await box.app('api');
  const daemon = await box.daemonPid();
  process.kill(masterPid!, 'SIGSTOP');
  rmSync(layoutOf(box.home, '/tmp').masterSocket);
  killHard(daemon!);
  await until(() => !isAlive(daemon!));
  const app = await until(async () => {
    const seen = await box.app('api');
    return seen.state === 'unreachable' && seen;
  });
  expect(app.reason).toBe(`The master of api (pid ${masterPid}) is stopped. Let it go on: kill -CONT ${masterPid}`);
  expect(mastersOf(box)).toBe(1);
  process.kill(masterPid!, 'SIGCONT');
  await until(async () => (await box.app('api')).state === 'online', {
    within: 15_000,
    message: 'the master is found',
  });
  expect(await box.app('api')).toMatchObject({ masterPid, up: 2, restarts: 0 });
  expect(mastersOf(box)).toBe(1);
});
