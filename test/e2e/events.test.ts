// Promise: `zdm events` tells what happens to apps, for people and for programs, and goes on when the daemon is lost.
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { killHard } from '../helpers/processes.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { onceEvent, until } from '../helpers/until.ts';

test('reload, crash, lost daemon, delete: each is told once, as JSON and in words; past ones come first', async () => {
  const box = sandbox();
  expect(await box.zdm(['events'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^zdm: There is no daemon/) as string,
  });
  const port = await freePort();
  const script = box.copyFixture('http.js');
  await box.ok(['start', script, '-n', 'api'], { env: { PORT: `${port}` } });
  await box.ok(['start', box.copyFixture('background.js'), '-n', 'other', '--listen-timeout', '100']);

  const json = box.spawnZdm(['events', 'api', '--json']);
  const words = box.spawnZdm(['events', '--lines', '0']);
  const told = (): Record<string, unknown>[] =>
    json.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const saw = (about: Record<string, unknown>): Promise<unknown> =>
    until(() => told().some((one) => Object.entries(about).every(([key, value]) => one[key] === value)), {
      message: () => `${JSON.stringify(about)} in\n${json.output}`,
    });
  await saw({ event: 'operation', kind: 'start', phase: 'done', app: 'api' });

  // The other one is not asked for in JSON; when it is in the words, both follow.
  await until(async () => {
    await box.ok(['restart', 'other']);
    return words.stdout.includes('other restart');
  });
  await box.ok(['reload', 'api']);
  await saw({ event: 'operation', kind: 'reload', phase: 'begun' });
  await saw({ event: 'step', kind: 'reload', slot: 0 });
  await saw({ event: 'operation', kind: 'reload', phase: 'done', to: 2 });
  const [worker] = (await box.app('api')).workers;
  killHard(worker!.pid);
  await saw({ event: 'exit', pid: worker!.pid, signal: 'SIGKILL', slot: 0 });
  await saw({ event: 'restart', restarts: 1 });

  killHard((await box.daemonPid())!);
  await saw({ event: 'daemon', state: 'lost' });
  await saw({ event: 'daemon', state: 'back' });
  await box.ok(['stop', 'api']);
  await saw({ event: 'state', state: 'stopped' });
  await box.ok(['delete', 'api']);
  await saw({ event: 'removed', app: 'api' });
  expect(told().filter(({ event }) => event === 'exit')).toHaveLength(1);
  expect(told().filter(({ app }) => app !== 'api' && app !== null)).toEqual([]);
  await words.waitFor('api is deleted');
  expect(words.stdout).toMatch(/^\d\d:\d\d:\d\d {2}api reload g1 → g2 begins/m);
  expect(words.stdout).toMatch(/^\d\d:\d\d:\d\d {2}api slot 0 g2 ended with signal SIGKILL/m);

  const last = await box.ok(['events', 'other', '--no-follow', '-n', '1', '--json']);
  expect(JSON.parse(last)).toMatchObject({ app: 'other', event: 'operation', kind: 'restart', phase: 'done' });
  expect((await box.zdm(['events', 'gone'])).stderr).toMatch(/^zdm: There is no app "gone"\./);
});

test('whoever reads may go: it ends without a word', async () => {
  const box = sandbox();
  await box.ok(['start', box.copyFixture('background.js'), '-n', 'app', '--listen-timeout', '100']);
  const reader = spawn('/bin/sh', ['-c', `"${process.execPath}" "${box.cli}" events --json | head -n 1`], {
    env: { ...box.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  reader.stderr.on('data', (data) => (said += String(data)));
  await onceEvent(reader.stdout, 'data');
  let ended = false;
  reader.once('exit', () => (ended = true));
  await until(async () => {
    if (!ended) await box.ok(['restart', 'app']);
    return ended;
  });
  expect(said).toBe('');
});
