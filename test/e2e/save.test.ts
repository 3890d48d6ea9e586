// Promise: a saved list of apps can be gone back to: what ran then runs again, and nothing else is touched.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';

test('save, lose apps, resurrect: started, added or left alone; then a second time, and from a damaged one', async () => {
  const box = sandbox();
  const [port, gone] = [await freePort(), await freePort()];
  const start = (name: string, own: number): Promise<string> =>
    box.ok(['start', box.copyFixture('http.js', name), '-n', name], {
      env: { PORT: `${own}`, SECRET: 'of the shell' },
    });
  expect(await box.zdm(['save'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/nothing to save/) as string,
  });

  await start('stays', port);
  await start('goes', gone);
  await start('off', await freePort());
  await box.ok(['stop', 'off']);
  const saved = await box.ok(['save', 'friday']);
  const file = path.join(box.home, 'snapshots', 'friday.json');
  expect(saved).toBe(`Saved 3 apps, 2 of them to run, as friday: ${file}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await box.ok(['resurrect', '--list'])).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}friday\n$/);

  await box.ok(['delete', 'goes', 'off']);
  const { pid } = await askFixture(port);
  const printed = await box.ok(['resurrect', 'friday']);
  expect(printed).toMatch(
    /^stays: runs already; left alone\noff: in the list again, stopped as it was\ngoes: started 1\/1/,
  );
  expect((await askFixture(port)).pid).toBe(pid);
  expect(await accepts(gone)).toBe(true);
  expect((await box.list()).map(({ name, state }) => `${name} ${state}`).toSorted()).toEqual([
    'goes online',
    'off stopped',
    'stays online',
  ]);
  expect(await box.ok(['resurrect', 'friday'])).toMatch(
    /^stays: runs already; left alone\ngoes: runs already; left alone\noff: is stopped, as it was then; left alone\n$/,
  );

  // After `zdm kill` all are stopped, and come back with all that they were described with.
  await box.ok(['kill']);
  expect(await box.ok(['resurrect', 'friday'])).toMatch(/stays: started 1\/1[^]*goes: started 1\/1|goes: [^]*stays: /);
  expect((await box.app('goes')).spec.env).toHaveProperty('SECRET');

  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
  const damaged = await box.zdm(['resurrect', 'friday']);
  expect(damaged).toMatchObject({ code: 1, stdout: '' });
  expect(damaged.stderr).toBe(
    `zdm: The snapshot "friday" is damaged, it is not JSON: ${file}. Nothing was started.\n` +
      'Write it anew from what runs: zdm save friday\n',
  );
  const missing = await box.zdm(['resurrect', 'frida']);
  expect(missing.stderr).toMatch(/^zdm: There is no snapshot "frida"\. Did you mean "friday"\?\n/);
  expect((await box.zdm(['save', '../x'])).stderr).toMatch(/not a valid name of a snapshot/);
});
