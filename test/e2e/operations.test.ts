// Promise: stop, delete and restart do what they say, lose no request that is in flight, and take names, ids and `all`.
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import type { OperationRef } from '../../daemon/protocol/contract.ts';
import { ask, askFixture } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { isAlive } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { onceEvent, until } from '../helpers/until.ts';

async function startHttp(box: Sandbox, name: string, ...more: string[]): Promise<number> {
  const port = await freePort();
  const script = box.copyFixture('http.js', name);
  await box.ok(['start', script, '-n', name, ...more], { env: { PORT: `${port}` } });
  return port;
}

test('stop: a request of two seconds is answered, then the port refuses; the app stays in the list', async () => {
  const box = sandbox();
  const port = await startHttp(box, 'api', '-i', '2');
  const { masterPid, workers } = await box.app('api');
  const slow = ask(port, '/slow?ms=2000');
  await until(async () => (await box.app('api')).workers.some(({ connections }) => connections > 0), {
    message: 'the request is in flight',
  });
  const stop = await box.ok(['stop', 'api']);
  expect(stop).toMatch(/^api: stopped in [12]\.\ds\n$/);
  expect((await slow).status).toBe(200);
  await expect(ask(port)).rejects.toThrow('ECONNREFUSED');
  expect(await box.app('api')).toMatchObject({ state: 'stopped', up: 0, wanted: 2, workers: [] });
  await until(() => !workers.some(({ pid }) => isAlive(pid)), { message: 'the workers have ended' });
  await until(async () => (await box.app('api')).masterPid === null, { message: 'it has no master any more' });
  // Which waits for what is started next.
  expect(isAlive(masterPid!)).toBe(true);
  expect(await box.ok(['stop', 'api'])).toBe('api: is stopped already\n');
  expect(await box.ok(['list'])).toMatch(/^ 0 +api +cluster +. stopped +0\/2 /m);
});

test('stop: an app that ignores the signal is killed after its kill timeout, and it is told', async () => {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('ignores-sigterm.js', 'api');
  await box.ok(['start', script, '-n', 'api', '--kill-timeout', '500'], { env: { PORT: `${port}` } });
  const { ms } = await box.zdm(['stop', 'api']);
  expect(ms).toBeGreaterThan(500);
  expect(ms).toBeLessThan(5_000);
  expect(await accepts(port)).toBe(false);
  expect(await box.ok(['logs', 'api', '--no-follow', '--raw'])).toMatch(/ignored SIG/);
});

test('delete: gone from the list, its name is free at once, its log files stay', async () => {
  const box = sandbox();
  const port = await startHttp(box, 'api');
  const { pid } = await askFixture(port);
  const { spec } = await box.app('api');
  expect(await box.ok(['delete', 'api'])).toBe('api: deleted\n');
  expect(await box.list()).toEqual([]);
  expect(isAlive(pid)).toBe(false);
  expect([spec.outFile, spec.errorFile].map((file) => existsSync(file))).toEqual([true, true]);
  const next = await startHttp(box, 'api');
  expect((await askFixture(next)).pid).not.toBe(pid);
  await box.ok(['stop', 'api']);
  expect(await box.ok(['delete', 'api'])).toBe('api: deleted\n');
  expect(await box.ok(['list'])).toBe('No apps. Start one: zdm start app.js\n');
});

test('restart: new pids; with one instance, connections wait meanwhile and none is refused', async () => {
  const box = sandbox();
  const port = await startHttp(box, 'api');
  const before = await askFixture(port);
  const traffic = await startTraffic({ port, keepAlive: 0, oneShot: 4, rest: 5 });
  for (let round = 0; round < 3; round += 1) {
    await traffic.more(50);
    expect(await box.ok(['restart', 'api'])).toMatch(/^api: restarted 1\/1 in /m);
  }
  await traffic.more(50);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
  expect(report.byPid.size).toBe(4);
  expect((await askFixture(port)).pid).not.toBe(before.pid);
  expect(await box.app('api')).toMatchObject({ generation: 4, restarts: 0, up: 1 });
});

test('several at once: names, ids and all, each app once; one wrong name and nothing is done', async () => {
  const box = sandbox();
  const ports = [await startHttp(box, 'one'), await startHttp(box, 'two'), await startHttp(box, 'three')];
  const pids = async (): Promise<number[]> => Promise.all(ports.map(async (port) => (await askFixture(port)).pid));
  const first = await pids();
  const wrong = await box.zdm(['restart', 'one', 'tow']);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toBe('zdm: There is no app "tow".\nDid you mean "two"? See: zdm list\n');
  expect(await pids()).toEqual(first);

  const restart = await box.ok(['restart', '0', 'three', 'one']);
  expect(restart.match(/: restarted 1\/1/g)).toHaveLength(2);
  // With several apps, each line says whose it is.
  expect(restart.split('\n').filter((line) => line !== '' && !/^(one|three)[: ]/.test(line))).toEqual([]);
  const second = await pids();
  expect(second.map((pid, index) => pid === first[index])).toEqual([false, true, false]);

  expect((await box.ok(['stop', 'all'])).match(/: stopped in/g)).toHaveLength(3);
  expect((await box.list()).map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
  expect((await box.ok(['start', 'all'])).match(/: started 1\/1/g)).toHaveLength(3);
  await box.ok(['delete', '2', 'one']);
  expect((await box.list()).map(({ id, name }) => [id, name])).toEqual([[1, 'two']]);
});

test('at the heels of a stop: what comes next finds the app stopped, or waits for it', async () => {
  const box = sandbox();
  await startHttp(box, 'api');
  const daemon = await talkTo(path.join(box.home, 'zdmd.sock'));
  const operate = async (kind: string, more: object = {}): Promise<OperationRef> =>
    (await daemon.call<[OperationRef]>('operate', { kind, targets: ['api'], ...more }))[0];
  const stateNow = async (): Promise<AppStatus> => (await daemon.call<[AppStatus]>('list', {}))[0];
  const done = ({ op }: OperationRef): Promise<AppStatus> =>
    until(
      async () => {
        const app = await stateNow();
        return app.operations.some((one) => one.op === op && one.phase === 'done') && app;
      },
      { message: 'the operation is done' },
    );
  const plusOne = { scale: { mode: 'add', count: 1 } };

  // In the same breath.
  const [stop, scale] = await Promise.all([operate('stop'), operate('scale', plusOne)]);
  expect(scale.op).toBe(null);
  expect(await done(stop)).toMatchObject({ state: 'stopped', up: 0 });
  expect(await done(await operate('start'))).toMatchObject({ state: 'online', up: 2, wanted: 2 });
  const [, start] = await Promise.all([operate('stop'), operate('start')]);
  expect(await done(start)).toMatchObject({ state: 'online', up: 2 });

  // While the stopped app is still on its way out of the master.
  const stopSeen = async (): Promise<void> => {
    await operate('stop');
    await until(async () => (await stateNow()).state === 'stopped', { every: 0, message: 'the stop is seen' });
  };
  await stopSeen();
  expect(await operate('scale', plusOne)).toEqual({ name: 'api', op: null, kind: 'scale' });
  await until(async () => (await stateNow()).masterPid === null, { message: 'it has left the master' });
  expect(await stateNow()).toMatchObject({ state: 'stopped', wanted: 3 });
  await done(await operate('start'));
  await stopSeen();
  await operate('delete');
  await until(async () => (await daemon.call<AppStatus[]>('list', {})).length === 0, { message: 'it is gone' });
  const left = box.processes().map(({ command }) => command);
  expect(left.toSorted()).toEqual(['zdm: master', 'zdmd']);
});

test('restart --slot replaces one worker under load, its successor first, and no other', async () => {
  const box = sandbox();
  const port = await startHttp(box, 'api', '-i', '2');
  const pids = async (): Promise<number[]> => (await box.app('api')).workers.map(({ pid }) => pid);
  const [kept, replaced] = await pids();
  const traffic = await startTraffic({ port });
  expect(await box.ok(['restart', 'api', '--slot', '1'])).toMatch(
    /^api: replaced 1 worker in .*: 0 (connections )?cut/m,
  );
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  expect(isAlive(replaced!)).toBe(false);
  const now = await pids();
  expect(now).toHaveLength(2);
  expect(now).toContain(kept);
  expect((await box.app('api')).workers.map(({ generation }) => generation)).toEqual([1, 1]);
  expect(await box.ok(['describe', 'api'])).toMatch(/replace.*by .*\(zdm restart api --slot 1\)/);
  const { code, stderr } = await box.zdm(['restart', 'api', '--slot', '2']);
  expect(stderr).toBe('zdm: api has no slot 2: its slots are 0 to 1.\n');
  expect(code).not.toBe(0);
  await box.ok(['stop', 'api']);
  expect((await box.zdm(['restart', 'api', '--slot', '1'])).stderr).toBe(
    'zdm: api does not serve.\nStart it: zdm start api\n',
  );
});

test('kill stops the apps gracefully, and then the master and the daemon; the list is kept', async () => {
  const box = sandbox();
  const port = await startHttp(box, 'api');
  const daemon = (await box.daemonPid())!;
  const { masterPid } = await box.app('api');
  const slow = ask(port, '/slow?ms=1000');
  await until(async () => (await box.app('api')).workers[0]!.connections > 0, { message: 'it is in flight' });
  expect(await box.ok(['kill'])).toBe('Stopped 1 app and the daemon. Start it again: zdm start all\n');
  expect((await slow).status).toBe(200);
  await until(() => !isAlive(daemon) && !isAlive(masterPid!), { message: 'daemon and master have ended' });
  expect(await box.ok(['kill'])).toBe('No daemon runs here.\n');
  expect(box.processes()).toEqual([]);
  expect(await box.ok(['list'])).toMatch(/api .*stopped/);
  expect(await box.ok(['start', 'all'])).toMatch(/^api: started 1\/1/);
  expect((await askFixture(port)).slot).toBe('0');
});

/** Asks the daemon without the pauses that come with starting a command. */
async function talkTo(file: string): Promise<{ call<T>(method: string, params: object): Promise<T> }> {
  const socket = connect(file).setEncoding('utf8');
  onTestFinished(() => void socket.destroy());
  await onceEvent(socket, 'connect');
  const replies = new Map<number, { result: unknown }>();
  createInterface(socket).on('line', (text) => {
    const { id, result } = JSON.parse(text) as { id: number; result: unknown };
    replies.set(id, { result });
  });
  let last = 0;
  return {
    async call<T>(method: string, params: object) {
      const id = (last += 1);
      socket.write(`${JSON.stringify({ id, method, params })}\n`);
      const { result } = await until(() => replies.get(id), { every: 1, message: `answer to ${method}` });
      return result as T;
    },
  };
}
