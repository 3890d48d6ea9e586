// Promise: what is the user's stays the user's: values of variables are told to nobody who has not asked for them, and a socket
// or a pid that is not ours is not trusted.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { AppRecord } from '../../daemon/store/stored-apps.ts';
import { talkToDaemon } from '../helpers/daemon.ts';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

test('values of variables: in no output but that of --show-env, there without secrets, with --show-secrets all', async () => {
  const box = sandbox();
  const port = await freePort();
  const env = {
    PORT: `${port}`,
    API_TOKEN: 'open-sesame',
    COLOUR: 'ultramarine',
    DB_URL: 'pg://shop:swordfish@db/shop',
  };
  await box.ok(['start', box.copyFixture('http.js', 'api'), '-n', 'api'], { env });
  const values = /open-sesame|ultramarine|swordfish/;
  const silent = async (): Promise<void> => {
    for (const args of [
      ['list', '--json'],
      ['jlist'],
      ['list', '--wide'],
      ['describe', 'api'],
      ['describe', 'api', '--json'],
    ])
      expect(await box.ok(args), args.join(' ')).not.toMatch(values);
    const daemon = await talkToDaemon(box.home);
    const { snapshots } = daemon.follow('apps', {});
    await until(() => snapshots.length === 1);
    expect(JSON.stringify(snapshots)).not.toMatch(values);
    expect(readFileSync(path.join(box.home, 'zdmd.log'), 'utf8')).not.toMatch(values);
  };
  const told = async (): Promise<void> => {
    expect(await box.ok(['describe', 'api', '--show-env'])).toMatch(
      / API_TOKEN=\*\*\*\n[^]* COLOUR=ultramarine\n[^]* DB_URL="pg:\/\/shop:\*\*\*@db\/shop"\n/,
    );
    expect(await box.ok(['describe', 'api', '--show-secrets'])).toMatch(
      / API_TOKEN=open-sesame\n[^]* DB_URL=pg:\/\/shop:swordfish@db\/shop\n/,
    );
    const [json] = JSON.parse(await box.ok(['describe', 'api', '--show-env', '--json'])) as [{ spec: { env: object } }];
    expect(json.spec.env).toMatchObject({ API_TOKEN: '***', COLOUR: 'ultramarine' });
  };
  await silent();
  await told();
  await box.ok(['stop', 'api']);
  await silent();
  await told();
});

test('home and sockets are closed to others; one that is open, or something else, is refused with what to do', async () => {
  const box = sandbox();
  const port = await freePort();
  const umask = process.umask(0);
  await box
    .ok(['start', box.copyFixture('http.js', 'api'), '-n', 'api'], { env: { PORT: `${port}` } })
    .finally(() => process.umask(umask));
  const modeOf = (file: string): string => (statSync(path.join(box.home, file)).mode & 0o777).toString(8);
  const folders = ['', 'run', 'apps/api'];
  expect(folders.map(modeOf)).toEqual(folders.map(() => '700'));
  const files = [
    'zdmd.sock',
    'master.sock',
    'workers.sock',
    'apps.json',
    'zdmd.log',
    'master.pid',
    'apps/api/journal.json',
  ];
  const ways = readdirSync(path.join(box.home, 'run')).map((name) => `run/${name}`);
  // What workers print goes through these.
  expect(ways.filter((name) => /\.(out|err)$/.test(name)).length).toBeGreaterThanOrEqual(2);
  expect([...files, ...ways].map((name) => [name, modeOf(name)])).toEqual(
    [...files, ...ways].map((name) => [name, '600']),
  );
  const { pid } = await askFixture(port);
  const refused = async (says: RegExp): Promise<void> => {
    for (const args of [['list'], ['ping'], ['reload', 'api'], ['start', 'x.js']]) {
      const { code, stderr } = await box.zdm(args);
      expect([code, stderr], args.join(' ')).toEqual([1, expect.stringMatching(says)]);
    }
  };
  const socket = path.join(box.home, 'zdmd.sock');
  box.writeFile('x.js', '');
  chmodSync(socket, 0o622);
  await refused(/zdmd\.sock can be written by others\.\nClose it: chmod 600 .*zdmd\.sock/);
  chmodSync(socket, 0o600);
  chmodSync(box.home, 0o777);
  await refused(/home can be written by others\.\nClose it: chmod 700 /);
  chmodSync(box.home, 0o700);
  const daemon = (await box.daemonPid())!;
  killHard(daemon);
  await until(() => !isAlive(daemon));
  rmSync(socket);
  writeFileSync(socket, 'precious');
  await refused(/zdmd\.sock is not a socket\.\nLook where it comes from, then delete it: rm /);
  expect(readFileSync(socket, 'utf8')).toBe('precious');
  rmSync(socket);
  writeFileSync(socket, '');
  rmSync(socket);
  expect(await box.app('api')).toMatchObject({ workers: [{ pid }] });
});

test('what a dead master left leads to nobody, not even to a process that got its number, or that of a worker', async () => {
  const box = sandbox();
  const port = await freePort();
  await box.ok(['start', box.copyFixture('http.js', 'api'), '-n', 'api'], { env: { PORT: `${port}` } });
  const { masterPid, workers } = await box.app('api');
  const worker = workers[0]!;
  const pids = [(await box.daemonPid())!, masterPid!, worker.pid];
  for (const pid of pids) killHard(pid);
  await until(() => !pids.some(isAlive), { message: 'all of it is gone' });
  const inHome = (name: string): string => path.join(box.home, name);
  expect(['master.sock', 'workers.sock'].map((name) => existsSync(inHome(name)))).toEqual([true, true]);
  expect(readFileSync(inHome('master.pid'), 'utf8')).toBe(`${masterPid}\n`);
  // The numbers went to another process; those of the daemon and the master are in their locks, too.
  writeFileSync(inHome('master.pid'), `${process.pid}\n`);
  for (const lock of readdirSync(box.home).filter((name) => /^(zdmd|master)\.lock\./.test(name)))
    writeFileSync(inHome(lock), JSON.stringify({ pid: process.pid, start: '1' }));
  const journal = inHome('apps/api/journal.json');
  const written = readFileSync(journal, 'utf8');
  expect(written).toContain(`"pid":${worker.pid},`);
  writeFileSync(journal, written.replace(`"pid":${worker.pid},`, `"pid":${process.pid},`));
  const list = inHome('apps.json');
  const stored = JSON.parse(readFileSync(list, 'utf8')) as { apps: AppRecord[] };
  writeFileSync(list, JSON.stringify({ ...stored, apps: stored.apps.map((app) => ({ ...app, up: false })) }));
  expect(await box.app('api')).toMatchObject({ state: 'stopped', masterPid: null, workers: [] });
  await until(() => !existsSync(inHome('master.pid')), { message: 'the pid of nobody is gone' });
  expect(await box.ok(['start', 'api'])).toMatch(/started 1\/1/);
  expect((await askFixture(port)).pid).toBeGreaterThan(0);
  expect(await box.app('api')).toMatchObject({ state: 'online', up: 1 });
  expect(Number(readFileSync(inHome('master.pid'), 'utf8'))).toBe((await box.app('api')).masterPid);
});
