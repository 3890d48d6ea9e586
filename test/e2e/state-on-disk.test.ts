// Promise: a list of apps that is damaged, newer or gone loses no app that runs, and nothing of it is thrown away.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { ask, askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

const pidsOf = (apps: readonly AppStatus[]): unknown[] =>
  apps.map(({ id, name, masterPid, workers }) => [id, name, masterPid, ...workers.map(({ pid }) => pid)]);

const asideOf = (box: Sandbox): string[] => readdirSync(box.home).filter((name) => /damaged|newer/.test(name));

describe.each([
  ['damaged', (text: string) => text.slice(0, -100), 'The list of apps was damaged.'],
  [
    'newer',
    (text: string) => text.replace(/"version": *\d+/, '"version": 99'),
    'The list of apps was written by a newer zdm.',
  ],
  ['gone', () => null, ''],
] as const)('a list of apps that is %s', (kind, change, said) => {
  test('apps that run are taken up as they are, and the user is told where the list is', async () => {
    const box = sandbox();
    const port = await freePort();
    const env = { PORT: `${port}` };
    await box.ok(['start', box.copyFixture('background.js', 'stopped'), '-n', 'stopped', '--listen-timeout', '300'], {
      env,
    });
    await box.ok(['start', box.copyFixture('http.js', 'api'), '-n', 'api', '-i', '2'], { env });
    await box.ok(
      [
        'start',
        box.copyFixture('background.js', 'jobs'),
        '-n',
        'a-name-that-is-longer-than-folders',
        '--listen-timeout',
        '300',
      ],
      {
        env,
      },
    );
    await box.ok(['scale', 'api', '3']);
    await box.ok(['stop', 'stopped']);
    const before = (await box.list()).slice(1);
    killHard((await box.daemonPid())!);
    const file = path.join(box.home, 'apps.json');
    const text = change(readFileSync(file, 'utf8'));
    if (text === null) rmSync(file);
    else writeFileSync(file, text);

    const list = await box.zdm(['list', '--json']);
    expect(list.code).toBe(0);
    expect(pidsOf(JSON.parse(list.stdout) as AppStatus[])).toEqual(pidsOf(before));
    const aside = asideOf(box);
    expect(list.stderr.split('\n')).toHaveLength(text === null ? 1 : 2);
    if (text !== null) {
      expect(aside).toEqual([expect.stringContaining(`apps.json.${kind}-`)]);
      expect(list.stderr).toContain(said);
      expect(list.stderr).toContain(path.join(box.home, aside[0]!));
      expect(readFileSync(path.join(box.home, aside[0]!), 'utf8')).toBe(text);
      expect(readFileSync(path.join(box.home, 'zdmd.log'), 'utf8')).toContain('app list set aside');
    }
    // With its variables: it listens where it did.
    await box.ok(['stop', 'api']);
    expect(await box.ok(['start', 'api'])).toMatch(/started 3\/3/);
    expect((await askFixture(port)).pid).toBeGreaterThan(0);
    for (const name of aside) rmSync(path.join(box.home, name));
    killHard((await box.daemonPid())!);
    const again = await box.zdm(['list', '--json']);
    expect(again.stderr).toBe('');
    expect((JSON.parse(again.stdout) as AppStatus[]).map(({ id, name, state }) => [id, name, state])).toEqual(
      before.map(({ id, name }) => [id, name, 'online']),
    );
  });
});

/** Answers when the file is there. */
const WAITS = `const { existsSync } = require('node:fs');
require('node:http').createServer((_, response) => {
  const timer = setInterval(() => {
    if (!existsSync(process.env.GATE)) return;
    clearInterval(timer);
    response.end('done');
  }, 20);
}).listen(process.env.PORT);`;

test('an app whose deletion is under way does not come back with the daemon, whatever became of the list', async () => {
  const box = sandbox();
  const port = await freePort();
  const env = { PORT: `${port}`, GATE: path.join(box.work, 'gate') };
  await box.ok(['start', box.writeApp(WAITS), '-n', 'api'], { env });
  const { masterPid } = await box.app('api');
  const slow = ask(port);
  const deletion = box.spawnZdm(['delete', 'api']);
  await until(async () => (await box.app('api')).state === 'stopping', { message: 'it is being stopped' });
  killHard((await box.daemonPid())!);
  rmSync(path.join(box.home, 'apps.json'));
  expect(await box.app('api')).toMatchObject({ masterPid, state: 'stopping' });
  box.writeFile('gate', '');
  expect((await slow).text).toBe('done');
  await until(async () => (await box.list()).length === 0, { message: 'it is gone' });
  expect((await deletion.ended()).code).toBe(0);
  const left = box.processes().map(({ command }) => command);
  expect(left.toSorted()).toEqual(['zdm: master', 'zdmd']);
});
