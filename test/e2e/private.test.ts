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
  expect(['', 'zdmd.sock', 'apps/api/master.sock', 'apps.json', 'zdmd.log', 'apps/api/master.pid'].map(modeOf)).toEqual(
    ['700', '600', '600', '600', '600', '600'],
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

test('a socket and a pid that a dead master left lead to nobody, not even to a process that got its number', async () => {
  const box = sandbox();
  const port = await freePort();
  await box.ok(['start', box.copyFixture('http.js', 'api'), '-n', 'api'], { env: { PORT: `${port}` } });
  const { masterPid, workers } = await box.app('api');
  for (const pid of [(await box.daemonPid())!, masterPid!]) killHard(pid);
  await until(() => !isAlive(workers[0]!.pid), { message: 'the worker ends with its master' });
  const pidFile = path.join(box.home, 'apps/api/master.pid');
  expect(existsSync(path.join(box.home, 'apps/api/master.sock'))).toBe(true);
  expect(readFileSync(pidFile, 'utf8')).toBe(`${masterPid}\n`);
  // The number went to another process, and so did that of the daemon, which is in its lock.
  writeFileSync(pidFile, `${process.pid}\n`);
  const lock = readdirSync(box.home).find((name) => name.startsWith('zdmd.lock.'))!;
  writeFileSync(path.join(box.home, lock), JSON.stringify({ pid: process.pid, start: '1' }));
  const list = path.join(box.home, 'apps.json');
  const stored = JSON.parse(readFileSync(list, 'utf8')) as { apps: AppRecord[] };
  writeFileSync(list, JSON.stringify({ ...stored, apps: stored.apps.map((app) => ({ ...app, up: false })) }));
  expect(await box.app('api')).toMatchObject({ state: 'stopped', masterPid: null });
  await until(() => !existsSync(pidFile), { message: 'the pid of nobody is gone' });
  expect(await box.ok(['start', 'api'])).toMatch(/started 1\/1/);
  expect((await askFixture(port)).pid).toBeGreaterThan(0);
});
