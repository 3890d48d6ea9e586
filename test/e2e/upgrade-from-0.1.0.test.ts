// Promise: from the released zdm 0.1.0 this one takes over, what runs and what is stored; and 0.1.0 put back lets apps serve.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernelCanBalance } from '../../daemon/protocol/balance.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { EVERYTHING, startTraffic, type TrafficOptions } from '../helpers/traffic.ts';
import { checkPosts, staleAnswers, summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';
import { makeVersions, type Versions } from '../helpers/versions.ts';

const OLD = '0.1.0';
const { version: NEW } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const CLEAN = { failures: 0, resets: 0, duplicates: [] };

let versions: Versions;

beforeAll(async () => {
  versions = makeVersions();
  await versions.pack(NEW);
}, 60_000);

afterAll(() => versions.remove());

async function installed(version: string): Promise<Sandbox> {
  await versions.install(version);
  return sandbox(undefined, { cli: versions.cli });
}

interface Fleet {
  /** A cluster of three. */
  readonly api: { readonly script: string; readonly port: number; readonly posts: string };
  /** One with a socket for each slot, where the system has that. */
  readonly web: { readonly script: string; readonly port: number };
  readonly unix: { readonly script: string; readonly socketPath: string };
  /** In fork mode: its port is its own. */
  readonly job: { readonly port: number };
}

const NAMES = ['api', 'web', 'unix', 'ticks', 'job', 'off'];
const RUNNING = NAMES.filter((name) => name !== 'off');
/** Masters of these can be replaced while their apps serve. */
const IN_CLUSTER = RUNNING.filter((name) => name !== 'job');

/** Apps of every kind, started by what is installed; besides those in the answer `ticks`, without a server, and `off`, stopped. */
async function startFleet(box: Sandbox): Promise<Fleet> {
  const [api, web, job, off] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const posts = path.join(box.work, 'posts');
  const socketPath = path.join(box.work, 'unix.sock');
  const scripts = ['http.js', 'http.js', 'unix-socket.js', 'background.js', 'http.js', 'http.js'].map(
    (fixture, index) => box.copyFixture(fixture, NAMES[index]),
  );
  const more: Record<string, unknown>[] = [
    {
      instances: 3,
      env: { PORT: `${api}`, POST_LOG: posts, DB_PASSWORD: 'a=b "c" \\ ü', EMPTY: '' },
      args: ['--flag', 'two words'],
      kill_timeout: '9s',
      max_memory_restart: '1G',
      health: '/',
      exp_backoff_restart_delay: 100,
    },
    { instances: 2, env: { PORT: `${web}` }, balance: kernelCanBalance() ? 'kernel' : 'least', bake: '1s' },
    { instances: 2, env: { SOCKET: socketPath }, socket_mode: '600' },
    { listen_timeout: '300ms', env: { EVERY_MS: '5000' }, treekill: false },
    { exec_mode: 'fork', env: { PORT: `${job}` }, stop_exit_codes: [3] },
    { env: { PORT: `${off}`, SECRET: 'of the stopped' }, max_restarts: 4 },
  ];
  const apps = more.map((fields, index) => ({ name: NAMES[index], script: scripts[index], ...fields }));
  await box.ok(['start', box.writeFile('fleet.json', JSON.stringify({ apps }))]);
  await box.ok(['stop', 'off']);
  return {
    api: { script: scripts[0]!, port: api, posts },
    web: { script: scripts[1]!, port: web },
    unix: { script: scripts[2]!, socketPath },
    job: { port: job },
  };
}

/** What each app is, whoever runs it: with the values of its variables. */
async function definitions(box: Sandbox): Promise<Pick<AppStatus, 'id' | 'name' | 'spec' | 'wanted'>[]> {
  const apps = JSON.parse(await box.ok(['describe', 'all', '--json', '--show-secrets'])) as AppStatus[];
  return apps.map(({ id, name, spec, wanted }) => ({ id, name, spec, wanted }));
}

const states = async (box: Sandbox): Promise<Record<string, string>> =>
  Object.fromEntries((await box.list()).map(({ name, state }) => [name, state]));

const ONLINE = Object.fromEntries(RUNNING.map((name) => [name, 'online']));

/** The workers of all apps that run. */
const workerPids = async (box: Sandbox): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (await box.list())
      .filter(({ masterPid }) => masterPid !== null)
      .map(({ name, workers }) => [name, workers.map(({ pid }) => pid)]),
  );

/** Of each app's master; null without one. */
const masterVersions = async (box: Sandbox): Promise<Record<string, string | null>> =>
  Object.fromEntries((await box.list()).map(({ name, masterVersion }) => [name, masterVersion]));

const every = (names: readonly string[], version: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, version]));

const namesIn = (box: Sandbox, what: RegExp): string[] => readdirSync(box.home).filter((name) => what.test(name));

const daemonVersion = async (box: Sandbox): Promise<string> =>
  (JSON.parse(await box.ok(['ping', '--json'])) as { version: string }).version;

interface Load {
  more(count: number): Promise<void>;
  /** Ends it: nothing failed, nowhere; and nothing sent after `since`, if given, was answered by code older than 2. */
  clean(since?: number): Promise<void>;
}

/** Clients of all that serves: of every kind for `api`, with and without connections that stay for the others. */
async function load({ api, web, unix, job }: Fleet, ofApi: TrafficOptions = EVERYTHING): Promise<Load> {
  const plain = { keepAlive: 8, oneShot: 4, rest: 100 };
  const all = {
    api: await startTraffic({ ...ofApi, port: api.port }),
    web: await startTraffic({ ...plain, port: web.port }),
    unix: await startTraffic({ ...plain, socketPath: unix.socketPath }),
    job: await startTraffic({ ...plain, port: job.port }),
  };
  return {
    async more(count) {
      await Promise.all([all.api.more(count), ...[all.web, all.unix, all.job].map((one) => one.more(100))]);
    },
    async clean(since) {
      const reports = await Promise.all(
        Object.entries(all).map(async ([name, one]) => [name, await one.stop()] as const),
      );
      for (const [name, report] of reports) {
        expect(report, `${name}: ${summary(report)}`).toMatchObject(CLEAN);
        if (since !== undefined && name !== 'job') expect(staleAnswers(report, since, 2), name).toEqual([]);
      }
      const posts = checkPosts(api.posts, Object.fromEntries(reports)['api']!);
      expect(posts).toEqual({ missing: [], twice: [], unanswered: [] });
    },
  };
}

test('zdm update, under load: no request fails, all runs the new version, and is what it was', async () => {
  const box = await installed(OLD);
  const fleet = await startFleet(box);
  const before = await definitions(box);
  const { workers: jobs } = await box.app('job');
  const traffic = await load(fleet);
  await traffic.more(1_000);

  await versions.install(NEW);
  expect((await box.zdm(['list'])).stderr).toContain(`The daemon is zdm ${OLD}, this is zdm ${NEW}`);
  const { code, text } = await box.zdm(['update'], { within: 100_000 });
  expect(code, text).toBe(0);
  expect(await daemonVersion(box)).toBe(NEW);
  await traffic.more(1_000);

  expect(await definitions(box)).toMatchObject(before);
  expect(await states(box)).toEqual({ ...ONLINE, off: 'stopped' });
  expect(await masterVersions(box), text).toEqual({ ...every(IN_CLUSTER, NEW), job: OLD, off: null });
  for (const { name, restarts, up, wanted } of await box.list())
    expect([name, restarts, up]).toEqual([name, 0, name === 'off' ? 0 : wanted]);
  // What owns its port cannot be replaced without a gap. The user is told.
  expect(text).toContain(`job: left on zdm ${OLD}, it owns its port (fork mode). `);
  expect((await box.app('job')).workers[0]!.pid).toBe(jobs[0]!.pid);

  for (const { script } of [fleet.api, fleet.web, fleet.unix]) box.setVersion(script, 2);
  expect(await box.ok(['reload', ...IN_CLUSTER])).toMatch(/^api: reloaded 3\/3 /m);
  const since = Date.now();
  await traffic.more(500);
  await traffic.clean(since);

  await box.ok(['stop', 'job']);
  for (const name of ['job', 'off']) await box.ok(['start', name]);
  expect(await states(box)).toEqual({ ...ONLINE, off: 'online' });
  expect(await masterVersions(box)).toEqual(every(NAMES, NEW));
  expect(await box.ok(['update'])).toBe(`Everything runs zdm ${NEW} already.\n`);
  expect((await box.zdm(['list'])).stderr).toBe('');
});

describe('what 0.1.0 has stored, with nothing of it running any more', () => {
  test('after zdm kill: all is in the list, stopped; resurrect starts what ran when it was saved', async () => {
    const box = await installed(OLD);
    const fleet = await startFleet(box);
    const before = await definitions(box);
    await box.ok(['save', 'friday']);
    await box.ok(['delete', 'off']);
    await box.ok(['kill']);

    await versions.install(NEW);
    expect(await definitions(box)).toMatchObject(before.filter(({ name }) => name !== 'off'));
    expect(new Set(Object.values(await states(box)))).toEqual(new Set(['stopped']));
    expect(await box.ok(['resurrect', '--list'])).toMatch(/ {2}friday\n$/);
    await box.ok(['resurrect', 'friday']);
    expect(await states(box)).toEqual({ ...ONLINE, off: 'stopped' });
    expect(await masterVersions(box)).toEqual({ ...every(RUNNING, NEW), off: null });
    expect(await definitions(box)).toMatchObject(before);
    for (const port of [fleet.api.port, fleet.web.port, fleet.job.port]) await askFixture(port);
    expect(namesIn(box, /damaged|newer/)).toEqual([]);
  });

  test('after a power failure: what should run runs, in the release that it had, and can go back', async () => {
    const box = await installed(OLD);
    const fleet = await startFleet(box);
    const port = await freePort();
    box.deployRelease('http.js', 1, 1);
    const site = ['start', path.join(box.work, 'current/http.js'), '--name', 'site', '-i', '2'];
    await box.ok(site, { env: { PORT: `${port}` } });
    box.deployRelease('http.js', 2, 2);
    await box.ok(['reload', 'site']);
    const before = await definitions(box);
    const { previous } = await box.app('site');
    // On disk, and not asked for.
    box.deployRelease('http.js', 3, 3);
    await until(
      () => {
        for (const { pid } of box.processes()) killHard(pid);
        return box.processes().length === 0;
      },
      { message: 'nothing runs' },
    );

    await versions.install(NEW);
    await box.ok(['list']);
    const online = { ...ONLINE, site: 'online', off: 'stopped' };
    await until(async () => isDeepStrictEqual(await states(box), online), { within: 20_000, message: 'they run' });
    expect(await daemonVersion(box)).toBe(NEW);
    expect(await definitions(box)).toMatchObject(before);
    expect((await askFixture(port)).version).toBe(2);
    expect((await box.app('site')).previous).toMatchObject({ script: previous!.script });
    await box.ok(['rollback', 'site']);
    expect((await askFixture(port)).version).toBe(1);
    for (const one of [fleet.api.port, fleet.web.port, fleet.job.port]) await askFixture(one);
  });
});

test('0.1.0 put back, over apps that run: it sets the list aside and touches nothing; this version finds them again', async () => {
  const box = await installed(NEW);
  const fleet = await startFleet(box);
  await box.ok(['save', 'friday']);
  const before = await definitions(box);
  const workers = await workerPids(box);
  const traffic = await load(fleet, { keepAlive: 32, oneShot: 4, slow: 2, stream: 2 });
  await traffic.more(500);

  await versions.install(OLD);
  expect((await box.zdm(['list'])).stderr).toContain(`The daemon is zdm ${NEW}, this is zdm ${OLD}`);
  const written = readFileSync(path.join(box.home, 'apps.json'), 'utf8');
  killHard((await box.daemonPid())!);
  const list = await box.zdm(['list']);
  expect(list.code, list.text).toBe(0);
  expect(await daemonVersion(box)).toBe(OLD);
  const aside = namesIn(box, /^apps\.json\./);
  expect(aside).toEqual([expect.stringMatching(/^apps\.json\.newer-/)]);
  expect(readFileSync(path.join(box.home, aside[0]!), 'utf8')).toBe(written);
  expect(list.stderr).toContain(`The list of apps was written by a newer zdm. It is kept as ${box.home}/${aside[0]}: `);
  // What it knows nothing of it does not touch, whatever it is asked.
  expect(await box.list()).toEqual([]);
  const resurrected = await box.zdm(['resurrect', 'friday']);
  expect(resurrected.stderr).toMatch(/The snapshot "friday" is of a newer zdm, .* Nothing was started/);
  expect(await box.ok(['update'])).toBe(`Everything runs zdm ${OLD} already.\n`);
  await traffic.more(500);

  await versions.install(NEW);
  const { code, text } = await box.zdm(['update'], { within: 100_000 });
  expect(code, text).toBe(0);
  expect(await states(box)).toEqual(ONLINE);
  expect(await workerPids(box)).toEqual(workers);
  // What did not run is only in the file that was set aside.
  expect(await definitions(box)).toMatchObject(before.filter(({ name }) => RUNNING.includes(name)));
  await traffic.more(500);
  await traffic.clean();
}, 180_000);
