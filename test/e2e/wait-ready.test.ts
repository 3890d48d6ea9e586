// Promise: with --wait-ready an app takes over when it says so, and not when it merely listens.
import { expect, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';

test("process.send('ready') in time: start and reload wait for it", async () => {
  const box = sandbox();
  const script = box.copyFixture('ready-message.js', 'api');
  const port = await freePort();
  const env = { PORT: `${port}`, READY_MS: '600' };
  const start = await box.zdm(['start', script, '-n', 'api', '--wait-ready', '-i', '2'], { env });
  expect(start.code, start.text).toBe(0);
  expect(start.ms).toBeGreaterThan(600);
  const reload = await box.zdm(['reload', 'api']);
  const after = /slot 1 +ready after (?:(\d+)ms|([\d.]+)s)/.exec(reload.stdout);
  expect(Number(after?.[1] ?? Number(after?.[2]) * 1_000), reload.stdout).toBeGreaterThanOrEqual(600);
  expect(reload.ms).toBeGreaterThan(1_200);
  expect(await box.app('api')).toMatchObject({ up: 2, generation: 2 });
});

test('too late: the start fails with the reason; a reload leaves the old code serving', async () => {
  const box = sandbox();
  const script = box.copyFixture('ready-message.js', 'api');
  const port = await freePort();
  const args = ['start', script, '-n', 'api', '--wait-ready', '--listen-timeout', '400ms'];
  const late = await box.zdm(args, { env: { PORT: `${port}`, READY_MS: '5000' } });
  expect(late.code).toBe(1);
  expect(late.stderr).toMatch(
    /start failed at slot 0 after [\d.]+m?s: the new worker did not call process\.send\('ready'\) within 0\.4s/,
  );
  await expect(askFixture(port)).rejects.toThrow('ECONNREFUSED');
  expect(await box.app('api')).toMatchObject({ state: 'errored', up: 0 });

  const patient = box.writeFile(
    'api/switch.js',
    `
    process.env.READY_MS = require('node:fs').existsSync(__dirname + '/slow') ? '5000' : '10';
    require('./ready-message.js');`,
  );
  const env = { PORT: `${port}` };
  await box.ok(['start', patient, '-n', 'b', '--wait-ready', '--listen-timeout', '1s'], { env });
  const { pid } = await askFixture(port);
  box.writeFile('api/slow', '');
  const reload = await box.zdm(['reload', 'b']);
  expect(reload.code).toBe(1);
  expect(reload.stderr).toMatch(/reload failed at slot 0 .*did not call process\.send\('ready'\) within 1s/);
  expect(reload.stderr).toMatch(/Serving now: 1 of 1 worker, generation 1\./);
  expect((await askFixture(port)).pid).toBe(pid);
});
