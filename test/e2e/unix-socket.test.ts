// Promise: a unix socket is a place like a port. Reloads do not touch its file, a dead one's file is replaced, and nothing
// that belongs to somebody else is.
import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { ask, askFixture } from '../helpers/http.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { spawnLive, type LiveProcess } from '../helpers/run.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { staleAnswers, summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const CLEAN = { failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] };

interface Place {
  readonly box: Sandbox;
  readonly script: string;
  readonly socketPath: string;
  /** `zdm start` of the app on the socket. */
  start(...flags: string[]): ReturnType<Sandbox['zdm']>;
}

function place(): Place {
  const box = sandbox();
  const script = box.copyFixture('unix-socket.js', 'api');
  const socketPath = path.join(box.work, 'api.sock');
  const start: Place['start'] = (...flags) =>
    box.zdm(['start', script, '--name', 'api', ...flags], { env: { SOCKET: socketPath } });
  return { box, script, socketPath, start };
}

/** Serves on the socket like the app does, but is nothing of zdm's. */
async function stranger({ script, socketPath }: Place): Promise<LiveProcess> {
  const live = spawnLive(script, [], { env: { PATH: process.env['PATH'], SOCKET: socketPath } });
  onTestFinished(() => live.kill('SIGKILL'));
  await until(() => ask(0, '/', { socketPath }).catch(() => null), { message: 'the other process serves' });
  return live;
}

function permissionsOf(file: string): string {
  return (lstatSync(file).mode & 0o777).toString(8);
}

test('5 reloads of 4 workers under load drop nothing, and the file stays the same one', async () => {
  const { box, script, socketPath, start } = place();
  box.setVersion(script, 1);
  const started = await start('-i', '4');
  expect(started.stdout).toContain(`listens on ${socketPath}`);
  const { ino } = lstatSync(socketPath);
  expect(permissionsOf(socketPath)).toBe('664');

  const traffic = await startTraffic({ socketPath, keepAlive: 32, oneShot: 4, slow: 2, slowMs: 500 });
  let last = 0;
  for (let version = 2; version <= 6; version += 1) {
    await traffic.more(400);
    box.setVersion(script, version);
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 4\/4 .* 0 cut/);
    last = Date.now();
    expect(lstatSync(socketPath)).toMatchObject({ ino });
    expect(permissionsOf(socketPath)).toBe('664');
  }
  await traffic.more(400);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject(CLEAN);
  expect(report.byVersion.size).toBe(6);
  expect(staleAnswers(report, last, 6)).toEqual([]);
  expect((await box.app('api')).listeners).toEqual([socketPath]);

  await box.ok(['stop', 'api']);
  expect(existsSync(socketPath)).toBe(false);
});

test('--socket-mode sets the permissions', async () => {
  const { box, socketPath, start } = place();
  expect((await start('--socket-mode', '600')).code).toBe(0);
  expect(permissionsOf(socketPath)).toBe('600');
  await box.ok(['reload', 'api']);
  expect(permissionsOf(socketPath)).toBe('600');
});

test('the file of a process that was killed is replaced', async () => {
  const here = place();
  const dead = await stranger(here);
  dead.kill('SIGKILL');
  await dead.ended();
  await expect(ask(0, '/', { socketPath: here.socketPath })).rejects.toThrow(/ECONNREFUSED/);
  const started = await here.start();
  expect(started.code, started.text).toBe(0);
  expect(await askFixture(0, '/', { socketPath: here.socketPath })).toMatchObject({ slot: '0' });
});

test('a socket on which another process listens is an error that names it, and that process keeps serving', async () => {
  const here = place();
  const { box, socketPath, start } = here;
  const other = await stranger(here);
  const { ino } = lstatSync(socketPath);
  const started = await start();
  expect(started.code).toBe(1);
  expect(started.stderr).toContain(`${socketPath} is taken`);
  expect(lstatSync(socketPath)).toMatchObject({ ino });
  expect(await askFixture(0, '/', { socketPath })).toMatchObject({ pid: other.pid, slot: null });
  expect((await box.app('api')).up).toBe(0);

  await box.ok(['delete', 'api']);
  expect(await askFixture(0, '/', { socketPath })).toMatchObject({ pid: other.pid, slot: null });
});

test('a file in the way is an error, and stays', async () => {
  const { box, socketPath, start } = place();
  writeFileSync(socketPath, 'precious');
  const started = await start();
  expect(started.code).toBe(1);
  expect(started.stderr).toContain(`${socketPath} is taken`);
  expect(readFileSync(socketPath, 'utf8')).toBe('precious');
  await box.ok(['delete', 'api']);
  expect(readFileSync(socketPath, 'utf8')).toBe('precious');
});

test('after kill -9 of the master the same workers answer on the same socket, without a command', async () => {
  const { box, socketPath, start } = place();
  expect((await start('-i', '2')).code).toBe(0);
  const before = await box.app('api');
  const pids = before.workers.map(({ pid }) => pid);
  const file = statSync(socketPath).ino;
  killHard(before.masterPid!);
  await until(() => !isAlive(before.masterPid!));
  expect(pids).toContain((await askFixture(0, '/', { socketPath })).pid);
  const after = await until(
    async () => {
      const app = await box.app('api');
      return app.up === 2 && app.masterPid !== before.masterPid && app;
    },
    { message: 'another master has both workers' },
  );
  expect(after).toMatchObject({ state: 'online', restarts: 0, listeners: [socketPath] });
  expect(after.workers.map(({ pid }) => pid)).toEqual(pids);
  expect([permissionsOf(socketPath), statSync(socketPath).ino]).toEqual(['664', file]);
  expect(pids).toContain((await askFixture(0, '/', { socketPath })).pid);
  await box.ok(['stop', 'api']);
  expect(existsSync(socketPath)).toBe(false);
});

test('after kill -9 of the daemon, the master and the worker the next command brings the app back on its socket', async () => {
  const { box, socketPath, start } = place();
  expect((await start()).code).toBe(0);
  const before = await box.app('api');
  const { pid } = before.workers[0]!;
  killHard((await box.daemonPid())!);
  killHard(before.masterPid!);
  await until(() => !isAlive(before.masterPid!));
  expect((await askFixture(0, '/', { socketPath })).pid).toBe(pid);
  killHard(pid);
  // The kernel closes the last copy of the socket a moment after its process has ended.
  const why = (): Promise<string> => ask(0, '/', { socketPath }).then(({ text }) => text, String);
  await until(async () => (await why()).includes('ECONNREFUSED'), { message: 'nobody listens there' });
  // The next master tells what it was left before it has found out who is there.
  const isUp = ({ up, workers }: AppStatus): boolean => up === 1 && workers.every((worker) => isAlive(worker.pid));
  await until(async () => isUp(await box.app('api')), { message: 'the app is up again' });
  expect(await askFixture(0, '/', { socketPath })).toMatchObject({ slot: '0' });
});
