// Promise: another version of zdm takes over, daemon and masters, without a request noticing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { kernelCanBalance } from '../../daemon/protocol/balance.ts';
import { freePort } from '../helpers/ports.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { EVERYTHING, startTraffic, type TrafficOptions } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';
import { makeVersions, type Versions } from '../helpers/versions.ts';

const CLEAN = { failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] };

let versions: Versions;

beforeAll(async () => {
  versions = makeVersions();
  await versions.pack('0.8.0');
  await versions.pack('0.9.0');
  // One whose masters do not start, and one whose workers do not.
  await versions.pack('0.9.1', (name, content) =>
    name === 'master.mjs' ? `throw new Error('bad master');\n` : content,
  );
  await versions.pack('0.9.2', (name, content) =>
    name === 'preload.cjs'
      ? `if (process.env.NODE_APP_INSTANCE === '1') throw new Error('bad preload');\n${content}`
      : content,
  );
  const newer = (name: string, content: string): string =>
    /^(zdmd|master)\.mjs$/.test(name) ? content.replace('var PROTOCOL = 1;', 'var PROTOCOL = 2;') : content;
  await versions.pack('0.9.3', newer);
  await versions.pack('0.9.4', (name, content) =>
    newer(name, content).replace('var PROTOCOL = 2;', 'var PROTOCOL = 3;'),
  );
}, 110_000);

afterAll(() => versions.remove());

async function installed(version: string): Promise<Sandbox> {
  await versions.install(version);
  return sandbox(undefined, { cli: versions.cli });
}

const versionOf = ({ masterVersion }: AppStatus): string | null => masterVersion;

describe('zdm update, after another version was installed over the one that runs', () => {
  async function upgradeUnderLoad(
    fixture: string,
    start: readonly string[],
    env: Record<string, string>,
    load: TrafficOptions,
  ): Promise<void> {
    const box = await installed('0.8.0');
    const script = box.copyFixture(fixture, 'api');
    await box.ok(['start', script, '--name', 'api', ...start], { env });
    const before = await box.app('api');
    const daemon = await box.daemonPid();
    const traffic = await startTraffic(load);
    await traffic.more(1_000);
    await versions.install('0.9.0');
    const listed = await box.zdm(['list']);
    expect(listed.stderr).toMatch(/The daemon is zdm 0\.8\.0, this is zdm 0\.9\.0.*zdm update/);
    const { stdout, text, code } = await box.zdm(['update']);
    expect(code, text).toBe(0);
    expect(stdout).toMatch(/^zdmd: zdm 0\.9\.0, was 0\.8\.0, pid \d+$/m);
    expect(stdout).toMatch(/^api: handed over 3\/3 .* 0 cut/m);
    await traffic.more(1_000);
    const after = await box.app('api');
    expect(await box.daemonPid()).not.toBe(daemon);
    expect(after).toMatchObject({
      masterVersion: '0.9.0',
      state: 'online',
      up: 3,
      restarts: 0,
      id: before.id,
      since: before.since,
    });
    expect(after.masterPid).not.toBe(before.masterPid);
    expect(after.generation).toBe(before.generation);
    expect(after.listeners).toEqual(before.listeners);
    expect(after.events.map((event) => (event.type === 'operation' ? event.kind : event.type))).toEqual([
      'start',
      'handover',
    ]);
    expect(isAlive(before.masterPid!)).toBe(false);
    // The new master is one like any other.
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 3\/3 .* 0 cut/);
    await traffic.more(500);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject(CLEAN);
    const { stderr } = await box.zdm(['list']);
    expect(stderr).toBe('');
    expect(await box.ok(['update'])).toBe('Everything runs zdm 0.9.0 already.\n');
  }

  test('every kind of client', async () => {
    const port = await freePort();
    await upgradeUnderLoad('http.js', ['-i', '3'], { PORT: String(port) }, { ...EVERYTHING, port });
  });

  test('a unix socket, whose file stays', async () => {
    const box = sandbox();
    const socketPath = `${box.work}/api.sock`;
    await upgradeUnderLoad(
      'unix-socket.js',
      ['-i', '3'],
      { SOCKET: socketPath },
      { socketPath, keepAlive: 16, oneShot: 4 },
    );
  });

  test.skipIf(!kernelCanBalance())('sockets of the kernel, one for each slot', async () => {
    const port = await freePort();
    const start = ['-i', '3', '--balance', 'kernel'];
    await upgradeUnderLoad('http.js', start, { PORT: String(port) }, { port, keepAlive: 32, oneShot: 8 });
  });
});

test('between the installation and the update, workers that crash come back with the version that they had', async () => {
  const box = await installed('0.8.0');
  const script = box.copyFixture('crashes-on-request.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
  // Its preload fails in slot 1.
  await versions.install('0.9.2');
  for (const { pid } of (await box.app('api')).workers) killHard(pid);
  await until(async () => (await box.app('api')).restarts === 2 && (await box.app('api')).up === 2, { within: 10_000 });
  await versions.install('0.9.0');
  expect(await box.ok(['update'])).toMatch(/handed over 2\/2/);
});

describe('an heir that fails', () => {
  test.each([
    ['a master that does not start', '0.9.1', /bad master/],
    ['a worker that does not start, the second', '0.9.2', /bad preload/],
  ])('%s: the old master goes on, and says why', async (_, version, why) => {
    const box = await installed('0.8.0');
    const script = box.copyFixture('http.js', 'api');
    const port = await freePort();
    await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
    const before = await box.app('api');
    const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 4 });
    await traffic.more(200);
    await versions.install(version);
    const { code, text } = await box.zdm(['update']);
    expect(code, text).toBe(1);
    expect(text).toMatch(/api: handover failed/);
    expect(text).toMatch(why);
    await until(async () => (await box.app('api')).up === 2, { within: 10_000, message: 'both slots are up' });
    const after = await box.app('api');
    expect(after).toMatchObject({ masterPid: before.masterPid, masterVersion: '0.8.0', state: 'online', restarts: 0 });
    await traffic.more(500);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0 });
    // It is not tied to what failed.
    await versions.install('0.9.0');
    expect(await box.ok(['update'])).toMatch(/handed over 2\/2/);
  });

  test('it is killed in the middle: the old master has its slots again', async () => {
    const box = await installed('0.8.0');
    const script = box.copyFixture('slow-start.js', 'api');
    const port = await freePort();
    await box.ok(['start', script, '--name', 'api', '-i', '3'], { env: { PORT: String(port) } });
    const before = await box.app('api');
    await versions.install('0.9.0');
    const update = box.spawnZdm(['update']);
    await update.waitFor(/slot 0 +the new master has a worker ready/, 20_000);
    const log = box.logs();
    killHard(Number(/"event":"handing over","to":(\d+)/.exec(log)![1]));
    const { code } = await update.ended();
    expect(code, update.output).toBe(1);
    expect(update.output).toMatch(/the new master failed: .*SIGKILL/);
    await until(async () => (await box.app('api')).workers.filter(({ stage }) => stage === 'online').length === 3, {
      within: 10_000,
      message: 'three workers of the old master serve',
    });
    expect(await box.app('api')).toMatchObject({ masterPid: before.masterPid });
  });
});

test('a fork-mode app is left to its master, with the way to change that', async () => {
  const box = await installed('0.8.0');
  const script = box.copyFixture('http.js', 'job');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'job', '--exec-mode', 'fork'], { env: { PORT: String(port) } });
  const { workers } = await box.app('job');
  await versions.install('0.9.0');
  const { code, text } = await box.zdm(['update']);
  expect(code, text).toBe(0);
  expect(text).toMatch(/job: left on zdm 0\.8\.0, it owns its port \(fork mode\)\. .*zdm stop job && zdm start job/);
  expect((await box.app('job')).workers[0]!.pid).toBe(workers[0]!.pid);
  await box.ok(['stop', 'job']);
  await box.ok(['start', 'job']);
  expect(versionOf(await box.app('job'))).toBe('0.9.0');
});

describe('protocols', () => {
  test('one apart: everything is understood, and handed over', async () => {
    const box = await installed('0.8.0');
    const script = box.copyFixture('http.js', 'api');
    const port = await freePort();
    await box.ok(['start', script, '--name', 'api'], { env: { PORT: String(port) } });
    await versions.install('0.9.3');
    expect(await box.ok(['update'])).toMatch(/handed over 1\/1/);
    expect(await box.app('api')).toMatchObject({ masterVersion: '0.9.3', up: 1 });
  });

  test('further apart: said, and nothing is touched', async () => {
    const box = await installed('0.8.0');
    const script = box.copyFixture('http.js', 'api');
    const port = await freePort();
    await box.ok(['start', script, '--name', 'api'], { env: { PORT: String(port) } });
    const { masterPid, workers } = await box.app('api');
    // Its commands are of the old protocol: they replace the daemon, and then cannot talk to it.
    await versions.install('0.9.4');
    const { code, text } = await box.zdm(['update']);
    expect(code).toBe(1);
    expect(text).toMatch(/The daemon is zdm 0\.9\.4 \(protocol 3\), this command is zdm 0\.9\.4 \(protocol 1\)/);
    for (const pid of [masterPid!, workers[0]!.pid]) expect(isAlive(pid)).toBe(true);
    // The version that fits finds everything again.
    await versions.install('0.9.0');
    killHard(daemonPidIn(box));
    expect(await box.ok(['update'])).toMatch(/handed over 1\/1/);
  });
});

/** Of the last daemon that said that it serves. */
function daemonPidIn(box: Sandbox): number {
  return Number([...box.logs().matchAll(/"pid":(\d+),"event":"serving"/g)].at(-1)![1]);
}
