// Promise: another version of zdm takes over, daemon and master, and the apps do not notice: their workers stay.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernelCanBalance } from '../../daemon/protocol/balance.ts';
import { PROTOCOL } from '../../daemon/protocol/contract.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { askFixture } from '../helpers/http.ts';
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
  // One whose master does not start, and one whose workers do not.
  await versions.pack('0.9.1', (name, content) =>
    name === 'master.mjs' ? `throw new Error('bad master');\n` : content,
  );
  await versions.pack('0.9.2', (name, content) =>
    name === 'preload.cjs' ? `throw new Error('bad preload');\n${content}` : content,
  );
  const speaks = (protocol: number) => (name: string, content: string) =>
    /^(zdmd|master)\.mjs$/.test(name)
      ? content.replace(`var PROTOCOL = ${PROTOCOL};`, `var PROTOCOL = ${protocol};`)
      : content;
  await versions.pack('0.9.3', speaks(PROTOCOL + 1));
  await versions.pack('0.9.4', speaks(PROTOCOL + 2));
}, 110_000);

afterAll(() => versions.remove());

async function installed(version: string): Promise<Sandbox> {
  await versions.install(version);
  return sandbox(undefined, { cli: versions.cli });
}

const pidsOf = ({ workers }: AppStatus): number[] => workers.map(({ pid }) => pid);

/** What an update must leave as it was; a worker's memory and counts go on. */
function essence({
  id,
  name,
  state,
  up,
  wanted,
  generation,
  restarts,
  since,
  listeners,
  spec,
  workers,
}: AppStatus): unknown {
  const same = workers.map(({ pid, slot, stage, startedAt, readyAt }) => ({ pid, slot, stage, startedAt, readyAt }));
  return { id, name, state, up, wanted, generation, restarts, since, listeners, spec, workers: same };
}

async function startHttp(box: Sandbox, ...more: string[]): Promise<number> {
  const port = await freePort();
  const script = box.copyFixture('http.js', 'api');
  await box.ok(['start', script, '--name', 'api', ...more], { env: { PORT: String(port) } });
  return port;
}

const mastersOf = (box: Sandbox): number[] =>
  box
    .processes()
    .filter(({ command }) => command.startsWith('zdm: master'))
    .map(({ pid }) => pid);

describe('zdm update, after another version was installed over the one that runs', () => {
  async function upgradeUnderLoad(
    fixture: string,
    start: readonly string[],
    env: Record<string, string>,
    load: TrafficOptions,
  ): Promise<void> {
    const box = await installed('0.8.0');
    const script = box.copyFixture(fixture, 'api');
    await box.ok(['start', script, '--name', 'api', '-i', '3', ...start], { env });
    const before = await box.app('api');
    const daemon = await box.daemonPid();
    const traffic = await startTraffic(load);
    await traffic.more(1_000);
    await versions.install('0.9.0');
    const listed = await box.zdm(['list']);
    expect(listed.stderr).toMatch(/The daemon is zdm 0\.8\.0, this is zdm 0\.9\.0.*zdm update/);
    const { stdout, text, code } = await box.zdm(['update']);
    expect(code, text).toBe(0);
    const after = await box.app('api');
    expect(stdout).toBe(
      `zdmd: zdm 0.9.0, was 0.8.0, pid ${await box.daemonPid()}\n` +
        `master: zdm 0.9.0, pid ${after.masterPid}; 1 app with 3 workers went on as they were\n`,
    );
    expect(await box.daemonPid()).not.toBe(daemon);
    expect(after.masterPid).not.toBe(before.masterPid);
    expect(after.masterVersion).toBe('0.9.0');
    expect(essence(after)).toEqual(essence(before));
    expect(after.events).toEqual(before.events);
    expect(after.operations).toEqual(before.operations);
    expect(isAlive(before.masterPid!)).toBe(false);
    expect(mastersOf(box)).toEqual([after.masterPid]);
    await traffic.more(1_000);
    // The new master is one like any other.
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 3\/3 .* 0 (connections )?cut/);
    await traffic.more(500);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject(CLEAN);
    const { stderr } = await box.zdm(['list']);
    expect(stderr).toBe('');
    expect(await box.ok(['update'])).toBe('Everything runs zdm 0.9.0 already.\n');
    expect(box.logs()).not.toMatch(/"event":"bug"/);
  }

  test('every kind of client', async () => {
    const port = await freePort();
    await upgradeUnderLoad('http.js', [], { PORT: String(port) }, { ...EVERYTHING, port });
  });

  test('a unix socket, whose file stays', async () => {
    const box = sandbox();
    const socketPath = `${box.work}/api.sock`;
    const load = { socketPath, keepAlive: 16, oneShot: 4 };
    await upgradeUnderLoad('unix-socket.js', [], { SOCKET: socketPath }, load);
  });

  test.skipIf(!kernelCanBalance())('sockets of the kernel, one for each slot', async () => {
    const port = await freePort();
    const load = { port, keepAlive: 32, oneShot: 8 };
    await upgradeUnderLoad('http.js', ['--balance', 'kernel'], { PORT: String(port) }, load);
  });
});

test('again and again, and twice at once: the same workers all the time, and no request fails', async () => {
  const box = await installed('0.8.0');
  const port = await startHttp(box, '-i', '2');
  await box.ok(['start', box.copyFixture('http.js', 'other'), '--name', 'other'], { env: { PORT: '0' } });
  const before = (await box.list()).map(essence);
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 12 });
  const masters = new Set<number>();
  for (const version of ['0.9.0', '0.8.0', '0.9.0']) {
    await versions.install(version);
    expect(await box.ok(['update'])).toMatch(/; 2 apps with 3 workers went on as they were$/m);
    for (const { masterPid, masterVersion } of await box.list()) {
      expect(masterVersion).toBe(version);
      masters.add(masterPid!);
    }
    await traffic.more(200);
  }
  expect(masters.size).toBe(3);
  for (const [version, ...more] of [['0.8.0'], ['0.9.0'], ['0.9.0', '--force'], ['0.9.0', '--force']] as const) {
    await versions.install(version);
    const both = await Promise.all([box.zdm(['update', ...more]), box.zdm(['update', ...more])]);
    const said = both.map(({ text }) => text).join('\n');
    expect(
      both.map(({ code }) => code),
      said,
    ).toEqual([0, 0]);
    expect(said).toMatch(/; 2 apps with 3 workers went on as they were$/m);
    await traffic.more(200);
  }
  const after = await box.list();
  expect(after.map(essence)).toEqual(before);
  expect(mastersOf(box)).toEqual([after[0]!.masterPid]);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject(CLEAN);
});

test('apps in fork mode go on, too, with the pids that they had', async () => {
  const box = await installed('0.8.0');
  const script = box.copyFixture('http.js', 'job');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'job', '--exec-mode', 'fork'], { env: { PORT: String(port) } });
  const before = await until(async () => (await box.app('job')).up === 1 && (await box.app('job')));
  await versions.install('0.9.0');
  const { code, text } = await box.zdm(['update']);
  expect(code, text).toBe(0);
  expect(text).toMatch(/^master: zdm 0\.9\.0, pid \d+; 1 app with 1 worker went on as they were$/m);
  const after = await box.app('job');
  expect(essence(after)).toEqual(essence(before));
  expect(after.masterVersion).toBe('0.9.0');
  expect((await askFixture(port)).pid).toBe(pidsOf(before)[0]);
  // And are ended as ever.
  await box.ok(['stop', 'job']);
  expect(isAlive(pidsOf(before)[0]!)).toBe(false);
});

test('in the middle of a reload: it ends under the new master, and no request fails', async () => {
  const box = await installed('0.8.0');
  const script = box.copyFixture('slow-start.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api', '-i', '3'], { env: { PORT: String(port) } });
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 4 });
  const reload = box.spawnZdm(['reload', 'api']);
  await reload.waitFor(/slot 0 +ready/, 20_000);
  await versions.install('0.9.0');
  await box.ok(['update']);
  expect((await reload.ended()).code, reload.output).toBe(0);
  const after = await until(
    async () => {
      const app = await box.app('api');
      return app.workers.length === 3 && app.up === 3 && app;
    },
    { within: 30_000, message: 'the reload is over' },
  );
  expect(after).toMatchObject({ masterVersion: '0.9.0', generation: 2, restarts: 0 });
  expect(after.workers.map(({ generation }) => generation)).toEqual([2, 2, 2]);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject(CLEAN);
});

test('between the installation and the update, workers that crash come back with the version that they had', async () => {
  const box = await installed('0.8.0');
  const script = box.copyFixture('crashes-on-request.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
  // Its preload fails.
  await versions.install('0.9.2');
  for (const { pid } of (await box.app('api')).workers) killHard(pid);
  await until(async () => (await box.app('api')).restarts === 2 && (await box.app('api')).up === 2, { within: 10_000 });
  await versions.install('0.9.0');
  expect(await box.ok(['update'])).toMatch(/; 1 app with 2 workers went on as they were/);
  // Those that crash afterwards come back with the new one.
  for (const { pid } of (await box.app('api')).workers) killHard(pid);
  await until(async () => (await box.app('api')).restarts === 4 && (await box.app('api')).up === 2, { within: 10_000 });
});

describe('a new version that fails', () => {
  test('its master does not start: the old one goes on, and says why', async () => {
    const box = await installed('0.8.0');
    const port = await startHttp(box, '-i', '2');
    const before = await box.app('api');
    const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 4 });
    await traffic.more(200);
    await versions.install('0.9.1');
    const { code, text } = await box.zdm(['update']);
    expect(code, text).toBe(1);
    expect(text).toMatch(/The new master did not start: [^]*bad master/);
    expect(text).toMatch(/The old one goes on\./);
    const after = await box.app('api');
    expect(essence(after)).toEqual(essence(before));
    expect(after).toMatchObject({ masterPid: before.masterPid, masterVersion: '0.8.0' });
    // All that can be done to it goes on, too.
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 2\/2/);
    await traffic.more(500);
    // It is not tied to what failed.
    await versions.install('0.9.0');
    expect(await box.ok(['update'])).toMatch(/; 1 app with 2 workers went on as they were/);
    expect(await box.app('api')).toMatchObject({ masterVersion: '0.9.0', up: 2, restarts: 0 });
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject(CLEAN);
  });

  test('its workers do not start: no harm is done until a reload, which fails and says why', async () => {
    const box = await installed('0.8.0');
    const port = await startHttp(box, '-i', '2');
    const before = await box.app('api');
    const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 4 });
    await traffic.more(200);
    await versions.install('0.9.2');
    expect(await box.ok(['update'])).toMatch(/; 1 app with 2 workers went on as they were/);
    const updated = await box.app('api');
    expect(essence(updated)).toEqual(essence(before));
    expect(updated.masterVersion).toBe('0.9.2');
    const { code, text } = await box.zdm(['reload', 'api']);
    expect(code, text).toBe(1);
    expect(text).toMatch(/bad preload/);
    const after = await box.app('api');
    expect(pidsOf(after)).toEqual(pidsOf(before));
    expect(after).toMatchObject({ state: 'online', up: 2, restarts: 0 });
    await traffic.more(200);
    await versions.install('0.9.0');
    expect(await box.ok(['update'])).toMatch(/; 1 app with 2 workers went on as they were/);
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 2\/2/);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject(CLEAN);
  });

  test('its master is killed at any moment: there is one master in the end, and the workers are the same', async () => {
    const box = await installed('0.8.0');
    const port = await startHttp(box, '-i', '2');
    const before = await box.app('api');
    const traffic = await startTraffic({ port, keepAlive: 16 });
    await versions.install('0.9.0');
    for (let round = 0; round < 5; round += 1) {
      const old = (await box.app('api')).masterPid!;
      const update = box.spawnZdm(['update', '--force']);
      const heir = await until(() => mastersOf(box).find((pid) => pid !== old), { every: 1, message: 'a new master' });
      // In a different moment each time.
      if (round > 0) await until(() => !isAlive(old), { every: 1, message: 'the old one has left' });
      if (round > 1) await traffic.more(20 * round);
      killHard(heir);
      const { code } = await update.ended();
      if (round === 0) {
        expect(code, update.output).toBe(1);
        expect(update.output).toMatch(/The new master did not start: .*SIGKILL[^]*The old one goes on\./);
        expect((await box.app('api')).masterPid).toBe(old);
      }
      const after = await until(
        async () => {
          const app = await box.app('api');
          return app.up === 2 && app.masterPid !== heir && app;
        },
        { message: 'a master has both workers' },
      );
      expect(essence(after)).toEqual(essence(before));
      expect(mastersOf(box)).toEqual([after.masterPid]);
    }
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject(CLEAN);
  });
});

describe('protocols', () => {
  test('one apart: everything is understood, and goes on', async () => {
    const box = await installed('0.8.0');
    await startHttp(box);
    const before = await box.app('api');
    await versions.install('0.9.3');
    expect(await box.ok(['update'])).toMatch(/; 1 app with 1 worker went on as they were/);
    const after = await box.app('api');
    expect(after.masterVersion).toBe('0.9.3');
    expect(essence(after)).toEqual(essence(before));
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 1\/1/);
  });

  test('further apart: said, and nothing is touched', async () => {
    const box = await installed('0.8.0');
    await startHttp(box);
    const before = await box.app('api');
    // Its commands are of the old protocol: they replace the daemon, and then cannot talk to it.
    await versions.install('0.9.4');
    const { code, text } = await box.zdm(['update']);
    expect(code).toBe(1);
    const [theirs, ours] = [PROTOCOL + 2, PROTOCOL];
    expect(text).toContain(
      `The daemon is zdm 0.9.4 (protocol ${theirs}), this command is zdm 0.9.4 (protocol ${ours})`,
    );
    for (const pid of [before.masterPid!, pidsOf(before)[0]!]) expect(isAlive(pid)).toBe(true);
    // The version that fits finds everything again.
    await versions.install('0.9.0');
    killHard(daemonPidIn(box));
    expect(await box.ok(['update'])).toMatch(/; 1 app with 1 worker went on as they were/);
    expect(pidsOf(await box.app('api'))).toEqual(pidsOf(before));
  });
});

/** Of the last daemon that said that it serves. */
function daemonPidIn(box: Sandbox): number {
  return Number([...box.logs().matchAll(/"pid":(\d+),"event":"serving"/g)].at(-1)![1]);
}
