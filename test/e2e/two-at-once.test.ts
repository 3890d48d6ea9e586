// Promise: two at once do no harm.
import { expect, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

test('20 first commands at the same time make one daemon', async () => {
  const box = sandbox();
  const script = box.copyFixture('background.js', 'job');
  const starts = Array.from({ length: 20 }, (_, index) =>
    box.zdm(['start', script, '--name', `job-${index}`, '--listen-timeout', '200']),
  );
  const results = await Promise.all(starts);
  expect(results.map(({ code, text }) => (code === 0 ? '' : text)).filter(Boolean)).toEqual([]);
  expect(await box.list()).toHaveLength(20);
  const daemons = box.processes().filter(({ command }) => /zdmd/.test(command));
  expect(daemons).toHaveLength(1);
}, 180_000);

test('two reloads of one app queue: both are carried out', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
  const results = await Promise.all([box.zdm(['reload', 'api']), box.zdm(['reload', 'api'])]);
  expect(results.map(({ code }) => code)).toEqual([0, 0]);
  expect(results.map(({ stdout }) => stdout).join()).toMatch(/waiting for the reload that runs/);
  const app = await box.app('api');
  expect(app.generation).toBe(3);
  const [one, other] = app.operations.filter(({ kind }) => kind === 'reload');
  expect(other!.startedAt).toBeGreaterThanOrEqual(one!.endedAt!);
});

test('Ctrl-C on a waiting reload does not stop the rollout, and says so', async () => {
  const box = sandbox();
  const script = box.copyFixture('slow-start.js', 'api');
  const port = await freePort();
  box.setVersion(script, 1);
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port), BOOT_MS: '700' } });
  box.setVersion(script, 2);
  const reload = box.spawnZdm(['reload', 'api']);
  await reload.waitFor(/slot 0 +starting/, 10_000);
  process.kill(reload.pid, 'SIGINT');
  expect((await reload.ended()).code).toBe(130);
  expect(reload.output).toMatch(/The reload of api goes on .*; or abort it: zdm abort api/);
  const done = async (): Promise<boolean> => (await box.app('api')).operations.at(-1)?.phase === 'done';
  await until(done, { within: 20_000, message: 'the rollout ends' });
  expect((await askFixture(port, '/')).version).toBe(2);
});
