// Promise: the master may die. The apps do not notice: their workers serve on, and the next master, which is there without anybody's
// doing, goes on with them and with what was under way.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kernelCanBalance } from '../../daemon/protocol/balance.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { ask, askFixture } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { EVERYTHING, startTraffic, type TrafficOptions } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const CLEAN = { failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] };
/** Another master has every app within this time (ms). */
const BACK_WITHIN = 10_000;

const pidsOf = ({ workers }: AppStatus): number[] => workers.map(({ pid }) => pid);
const mastersOf = (box: Sandbox): number[] =>
  box
    .processes()
    .filter(({ command }) => command.startsWith('zdm: master'))
    .map(({ pid }) => pid);

async function startHttp(box: Sandbox, ...more: string[]): Promise<number> {
  const port = await freePort();
  const script = box.copyFixture('http.js', 'api');
  await box.ok(['start', script, '--name', 'api', ...more], { env: { PORT: String(port) } });
  return port;
}

/** Kills the master, and waits until another one has every app that has one; its pid. */
async function killMaster(box: Sandbox): Promise<number> {
  const before = (await box.list()).filter(({ masterPid }) => masterPid !== null);
  const { masterPid } = before[0]!;
  killHard(masterPid!);
  await until(() => !isAlive(masterPid!));
  const hasNew = ({ masterPid: now, state }: AppStatus): boolean =>
    now !== null && now !== masterPid && state !== 'starting';
  const names = before.map(({ name }) => name);
  const after = await until(
    async () => {
      const apps = (await box.list()).filter(({ name }) => names.includes(name));
      return apps.every(hasNew) && apps;
    },
    { within: BACK_WITHIN, message: 'another master has the apps' },
  );
  expect(new Set(after.map((app) => app.masterPid)).size).toBe(1);
  expect(mastersOf(box)).toEqual([after[0]!.masterPid]);
  return after[0]!.masterPid!;
}

interface Load {
  readonly env: Record<string, string>;
  readonly load: TrafficOptions;
}

describe('three masters die one after the other under load: the same workers, and nothing fails', () => {
  async function unnoticed(
    fixture: string,
    start: readonly string[],
    make: (box: Sandbox) => Load | Promise<Load>,
  ): Promise<void> {
    const box = sandbox();
    const { env, load } = await make(box);
    await box.ok(['start', box.copyFixture(fixture, 'api'), '--name', 'api', '-i', '3', ...start], { env });
    const before = await box.app('api');
    const traffic = await startTraffic(load);
    for (let round = 0; round < 3; round += 1) {
      await traffic.more(400);
      await killMaster(box);
    }
    await traffic.more(400);
    const after = await box.app('api');
    expect(pidsOf(after)).toEqual(pidsOf(before));
    const { id, since, generation, listeners, events } = before;
    expect(after).toMatchObject({ state: 'online', up: 3, restarts: 0, id, since, generation, listeners, events });
    // It is a master like any other.
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 3\/3 .* 0 (connections )?cut/);
    await traffic.more(400);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject(CLEAN);
    expect(box.logs()).not.toMatch(/"event":"bug"/);
  }

  // Clients that keep their connections: one that comes in in the very moment of the kill, when the master has accepted it and no worker
  // has it, is reset. What comes in before and after is in the next test.
  test('connections of every kind', () =>
    unnoticed('http.js', [], async () => {
      const port = await freePort();
      return { env: { PORT: String(port) }, load: { ...EVERYTHING, oneShot: 0, port } };
    }));

  test('a unix socket, whose file stays', () =>
    unnoticed('unix-socket.js', [], (box) => {
      const socketPath = `${box.work}/api.sock`;
      return { env: { SOCKET: socketPath }, load: { socketPath, keepAlive: 16 } };
    }));

  test.skipIf(!kernelCanBalance())('sockets of the kernel, one for each slot', () =>
    unnoticed('http.js', ['--balance', 'kernel'], async () => {
      const port = await freePort();
      return { env: { PORT: String(port) }, load: { port, keepAlive: 32, oneShot: 8 } };
    }),
  );
});

test.each([
  ['http.js', 'a port'],
  ['unix-socket.js', 'a unix socket'],
])(
  'while there is no master, new clients of %s (%s) are served, and by the same workers afterwards',
  async (fixture) => {
    const box = sandbox();
    const [port, socketPath] = [await freePort(), `${box.work}/api.sock`];
    const env = { PORT: String(port), SOCKET: socketPath };
    await box.ok(['start', box.copyFixture(fixture, 'api'), '--name', 'api', '-i', '2'], { env });
    const place = fixture === 'http.js' ? { port } : { socketPath };
    const before = await box.app('api');
    const kept = await startTraffic({ ...place, keepAlive: 8 });
    await kept.more(200);
    for (let round = 0; round < 2; round += 1) {
      const daemon = (await box.daemonPid())!;
      const { masterPid } = await box.app('api');
      // In one breath, or one of them brings the other back.
      for (const pid of [daemon, masterPid!]) killHard(pid);
      await until(() => !isAlive(daemon) && !isAlive(masterPid!));
      const fresh = await startTraffic({ ...place, keepAlive: 8, oneShot: 12, rest: 5 });
      await fresh.more(1_000);
      expect(mastersOf(box)).toEqual([]);
      expect(pidsOf(before).every(isAlive)).toBe(true);
      // The next command brings all of it back, under this load, too.
      const after = await until(async () => (await box.app('api')).up === 2 && (await box.app('api')));
      expect(pidsOf(after)).toEqual(pidsOf(before));
      expect(after).toMatchObject({ state: 'online', restarts: 0 });
      await fresh.more(1_000);
      const report = await fresh.stop();
      expect(report, summary(report)).toMatchObject(CLEAN);
      expect(new Set(report.byPid.keys())).toEqual(new Set(pidsOf(before)));
    }
    const report = await kept.stop();
    expect(report, summary(report)).toMatchObject(CLEAN);
  },
);

test('a worker that is blocked meanwhile, and notices nothing, is the same one afterwards, and answers', async () => {
  const box = sandbox();
  const script = box.copyFixture('blocks.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
  const before = await box.app('api');
  const blocked = ask(port, '/block?ms=8000', { within: 30_000 });
  await until(() => box.logs().includes('blocked from now on'));
  await killMaster(box);
  // The other one serves.
  const { pid } = await askFixture(port);
  expect(pidsOf(before)).toContain(pid);
  expect((await blocked).status).toBe(200);
  await until(async () => (await box.app('api')).up === 2, { message: 'both are up' });
  const after = await box.app('api');
  expect(pidsOf(after)).toEqual(pidsOf(before));
  expect(after).toMatchObject({ state: 'online', restarts: 0 });
  const both = new Set<number>();
  await until(async () => both.add((await askFixture(port)).pid).size === 2, { message: 'both serve' });
});

test('a process in fork mode, which never hears of it, and its child go on', async () => {
  const box = sandbox();
  const script = box.copyFixture('forks-child.js', 'api');
  const port = await freePort();
  const env = { PORT: String(port) };
  await box.ok(['start', script, '--name', 'api', '--exec-mode', 'fork', '--min-uptime', '200'], { env });
  const ours = ({ command }: { command: string }): boolean => /\/api\/|kin\.js/.test(command);
  const family = (): number[] =>
    box
      .processes()
      .filter(ours)
      .map(({ pid }) => pid);
  await until(() => accepts(port));
  const before = await until(() => family().length === 2 && family(), { message: 'the process and its child' });
  const { workers } = await box.app('api');
  await killMaster(box);
  expect(family()).toEqual(before);
  const after = await box.app('api');
  expect(pidsOf(after)).toEqual(workers.map(({ pid }) => pid));
  expect(after).toMatchObject({ state: 'online', up: 1, restarts: 0 });
  expect(await accepts(port)).toBe(true);
  // It is stopped as ever: with its child.
  await box.ok(['stop', 'api']);
  expect(family().filter(isAlive)).toEqual([]);
  expect(await accepts(port)).toBe(false);
});

test('a worker that dies while there is no master is replaced by the next one', async () => {
  const box = sandbox();
  const port = await startHttp(box, '-i', '2');
  const before = await box.app('api');
  const [dead, kept] = pidsOf(before) as [number, number];
  const daemon = (await box.daemonPid())!;
  for (const pid of [daemon, before.masterPid!, dead]) killHard(pid);
  await until(() => ![daemon, before.masterPid!, dead].some(isAlive));
  const after = await until(
    async () => {
      const app = await box.app('api');
      return app.up === 2 && pidsOf(app).every(isAlive) && app;
    },
    { message: 'both are up' },
  );
  expect(pidsOf(after)).toContain(kept);
  expect(pidsOf(after)).not.toContain(dead);
  expect(after.restarts).toBe(1);
  expect((await askFixture(port)).slot).toMatch(/[01]/);
});

test('what workers print while there is no master is in the log afterwards, in order and once', async () => {
  const box = sandbox();
  const port = await freePort();
  // Tells how far it is; each stream gets every line.
  const script = box.writeApp(`let n = 0;
    const print = () => { n += 1; console.log('line ' + n); console.error('error ' + n); };
    setInterval(print, 5);
    require('node:http').createServer((request, response) => response.end(String(n))).listen(process.env.PORT);`);
  await box.ok(['start', script, '--name', 'printer'], { env: { PORT: String(port) } });
  const { spec, masterPid } = await box.app('printer');
  const printed = async (): Promise<number> => Number((await ask(port)).text);
  const after = async (count: number): Promise<number> => {
    const from = await printed();
    return until(async () => (await printed()) >= from + count && (await printed()), { message: 'it prints on' });
  };
  const numbersIn = (file: string): number[] => (readFileSync(file, 'utf8').match(/\d+$/gm) ?? []).map(Number);
  await after(50);
  const daemon = (await box.daemonPid())!;
  for (const pid of [daemon, masterPid!]) killHard(pid);
  await until(() => !isAlive(daemon) && !isAlive(masterPid!));
  const alone = await printed();
  await after(100);
  expect((await box.app('printer')).restarts).toBe(0);
  const last = await after(50);
  for (const file of [spec.outFile, spec.errorFile]) {
    await until(() => numbersIn(file).at(-1)! >= last, { message: 'what came last is in the log' });
    const numbers = numbersIn(file);
    // What a killed master had read and not written yet has gone with it. All else is there.
    const gone = Array.from({ length: last }, (_, index) => index + 1).filter((number) => !numbers.includes(number));
    expect(gone.filter((number) => number > alone)).toEqual([]);
    expect(gone.map((number) => number - gone[0]!)).toEqual([...gone.keys()]);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
  }
});

test('again and again: each time with the same workers, and the list stays as it was', async () => {
  const box = sandbox();
  const port = await startHttp(box, '-i', '2');
  const script = box.copyFixture('http.js', 'other');
  for (const name of ['other', 'resting']) await box.ok(['start', script, '--name', name], { env: { PORT: '0' } });
  await box.ok(['stop', 'resting']);
  await until(async () => (await box.app('resting')).masterPid === null, { message: 'it has left the master' });
  const told = async (): Promise<unknown[]> =>
    (await box.list()).map(({ id, name, state, up, wanted, restarts, generation, since, spec, workers }) => ({
      id,
      name,
      state,
      up,
      wanted,
      restarts,
      generation,
      spec,
      since: state === 'stopped' ? null : since,
      workers: workers.map(({ pid, slot, stage }) => ({
        pid,
        slot,
        stage,
      })),
    }));
  const before = await told();
  for (let round = 0; round < 4; round += 1) {
    await killMaster(box);
    await until(async () => (await box.list()).every(({ up, wanted, state }) => up === wanted || state === 'stopped'));
    expect(await told()).toEqual(before);
  }
  expect((await askFixture(port)).slot).toMatch(/[01]/);
});

test('in the middle of a reload: the next master ends it, and no request fails', async () => {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('slow-start.js', 'api');
  await box.ok(['start', script, '--name', 'api', '-i', '3'], { env: { PORT: String(port) } });
  const before = await box.app('api');
  const traffic = await startTraffic({ port, keepAlive: 16 });
  const reload = box.spawnZdm(['reload', 'api']);
  await reload.waitFor(/slot 0 +ready/, 20_000);
  killHard(before.masterPid!);
  expect((await reload.ended()).code, reload.output).toBe(0);
  expect(reload.output).toMatch(/reloaded 3\/3/);
  const after = await until(async () => (await box.app('api')).workers.length === 3 && (await box.app('api')));
  expect(after).toMatchObject({ state: 'online', up: 3, generation: 2, restarts: 0 });
  expect(after.workers.map(({ generation }) => generation)).toEqual([2, 2, 2]);
  expect(after.masterPid).not.toBe(before.masterPid);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject(CLEAN);
});

test('it is killed while it is stopping an app: that stays stopped, and nothing of it runs', async () => {
  const box = sandbox();
  const script = box.copyFixture('ignores-sigterm.js', 'api');
  await box.ok(['start', script, '--name', 'api', '--kill-timeout', '3000', '-i', '2'], {
    env: { PORT: String(await freePort()) },
  });
  const { masterPid, workers } = await box.app('api');
  const stop = box.spawnZdm(['stop', 'api']);
  await until(async () => (await box.app('api')).state === 'stopping');
  killHard(masterPid!);
  // The next master keeps to the time that they had.
  await until(() => !workers.some(({ pid }) => isAlive(pid)), { message: 'the workers are gone' });
  expect((await stop.ended()).code, stop.output).toBe(0);
  await until(async () => (await box.app('api')).masterPid === null, { message: 'it has left the master' });
  expect(await box.app('api')).toMatchObject({ state: 'stopped', workers: [] });
});

test('it is killed, and an app is stopped or deleted before the next one is there: its workers end', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  for (const name of ['one', 'two', 'three']) await box.ok(['start', script, '--name', name], { env: { PORT: '0' } });
  const before = await box.list();
  killHard(before[0]!.masterPid!);
  const [stopped, deleted] = await Promise.all([box.zdm(['stop', 'one']), box.zdm(['delete', 'two'])]);
  expect([stopped.code, deleted.code], stopped.text + deleted.text).toEqual([0, 0]);
  const [ofOne, ofTwo, ofThree] = before.map((app) => pidsOf(app)[0]!) as [number, number, number];
  await until(() => !isAlive(ofOne) && !isAlive(ofTwo), { message: 'their workers have ended' });
  await until(async () => (await box.app('three')).up === 1, { message: 'the third one has its master' });
  expect((await box.list()).map(({ name, state }) => [name, state])).toEqual([
    ['one', 'stopped'],
    ['three', 'online'],
  ]);
  expect(pidsOf(await box.app('three'))).toEqual([ofThree]);
});
