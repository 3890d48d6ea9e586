// Promise: `zdm plan` says what `zdm start <file>` does, shows no value of a variable, and changes nothing.
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';

interface Entry {
  readonly app: string;
  readonly actions: readonly string[];
  readonly reason: string;
  readonly differences: readonly { readonly field: string }[];
}

test('what would happen to each app, and then it does', async () => {
  const box = sandbox();
  const port = await freePort();
  box.copyFixture('http.js', 'releases/1');
  symlinkSync('releases/1', path.join(box.work, 'current'));
  const api = { name: 'api', script: 'current/http.js', env: { PORT: port, TOKEN: 'hunter2' } };
  const write = (...apps: readonly object[]): string => box.writeFile('zdm.config.json', JSON.stringify({ apps }));
  const planned = async (): Promise<Entry[]> => JSON.parse(await box.ok(['plan', '--json'])) as Entry[];

  write(api);
  expect(await box.ok(['plan'])).toBe(
    'NAME  ACTION  WHY\napi   start   no daemon runs\n\n1 to start. To do it: zdm start\n',
  );
  expect(await box.daemonPid()).toBeNull();

  await box.ok(['start']);
  const before = await box.app('api');
  expect(await planned()).toMatchObject([
    { actions: ['reload'], reason: 'nothing differs: the code is loaded anew', differences: [] },
  ]);

  write(
    { ...api, instances: 2, kill_timeout: '9s', env: { PORT: port, TOKEN: 'hunter3' } },
    { ...api, name: 'other', env: { PORT: await freePort() } },
  );
  const text = await box.ok(['plan']);
  expect(text).toBe(
    [
      'NAME   ACTION          WHY',
      'api    reload + scale  instances 1 → 2',
      '                       kill_timeout 5s → 9s',
      '                       env: TOKEN changed',
      'other  start           new',
      '',
      '1 to start, 1 to reload, 1 to scale. To do it: zdm start',
      '',
    ].join('\n'),
  );
  expect(text + (await box.ok(['plan', '--json']))).not.toMatch(/hunter[23]/);
  expect(await box.app('api')).toMatchObject({
    generation: before.generation,
    workers: [{ pid: before.workers[0]!.pid }],
  });

  await box.ok(['start']);
  expect(await box.app('api')).toMatchObject({ generation: 2, up: 2, spec: { killTimeout: 9_000 } });
  expect((await planned()).map(({ differences }) => differences)).toEqual([[], []]);

  // A mode that it cannot change to, and an app that is in no file.
  const file = write({ ...api, instances: 2, kill_timeout: '9s', exec_mode: 'fork' });
  const [first, second] = await planned();
  expect(first).toMatchObject({ app: 'api', actions: ['refuse'] });
  expect(second).toMatchObject({ app: 'other', actions: ['leave'] });
  expect((await box.zdm(['start', file])).text).toMatch(/^zdm: api runs in cluster mode/);
  expect(await box.app('api')).toMatchObject({ generation: 2, up: 2, spec: { execMode: 'cluster' } });
});

test('what is no config file has no plan', async () => {
  const box = sandbox();
  expect(await box.zdm(['plan'])).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to plan') });
  expect(await box.zdm(['plan', 'app.js'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no config file'),
  });
  expect(await box.zdm(['plan', 'a.config.js'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no file'),
  });
});
