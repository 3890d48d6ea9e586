// Promise: a master may die. Nothing of it stays behind, and its app is back without anybody's doing.
import { expect, test } from 'vitest';
import { ask } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

/** Kills the app's master, and waits until another one serves. */
async function killMaster(box: Sandbox, port: number): Promise<void> {
  const { masterPid } = await box.app('api');
  killHard(masterPid!);
  await until(() => !isAlive(masterPid!));
  await until(() => accepts(port), { within: 5_000, message: 'the app serves again' });
  await until(async () => (await box.app('api')).state === 'online', { within: 5_000 });
  expect((await box.app('api')).masterPid).not.toBe(masterPid);
}

test('its workers go with it, one that is blocked and notices nothing, too', async () => {
  const box = sandbox();
  const script = box.copyFixture('blocks.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
  const { workers } = await box.app('api');
  const blocked = ask(port, '/block?ms=60000').catch(() => null);
  await until(() => box.logs().includes('blocked from now on'));
  await killMaster(box, port);
  await until(() => !workers.some(({ pid }) => isAlive(pid)), { within: 1_000, message: 'the old workers are gone' });
  expect(await blocked).toBeNull();
  expect((await box.app('api')).workers.map(({ stage }) => stage)).toEqual(['online', 'online']);
});

test('a process in fork mode, which never hears of it, makes room for the next one', async () => {
  const box = sandbox();
  const script = box.copyFixture('forks-child.js', 'api');
  const port = await freePort();
  const env = { PORT: String(port) };
  await box.ok(['start', script, '--name', 'api', '--exec-mode', 'fork', '--min-uptime', '200'], { env });
  const ours = ({ command }: { command: string }): boolean => /\/api\/|kin\.js/.test(command);
  const family = (): number[] =>
    box
      .processes()
      .filter(ours)
      .map(({ pid }) => pid);
  await until(() => accepts(port));
  const before = await until(() => family().length === 2 && family(), { message: 'the process and its child' });
  await killMaster(box, port);
  await until(() => !before.some(isAlive), { within: 1_000, message: 'the old process and its child are gone' });
  const { workers, restarts } = await box.app('api');
  expect([workers.length, restarts]).toEqual([1, 0]);
});

test('again and again: it comes back each time, and the list stays as it was', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: String(port) } });
  await box.ok(['start', script, '--name', 'other'], { env: { PORT: '0' } });
  const other = await box.app('other');
  for (let round = 0; round < 4; round += 1) await killMaster(box, port);
  expect(await box.app('api')).toMatchObject({ up: 2, wanted: 2, id: 0, spec: { instances: 2 } });
  expect((await box.app('other')).masterPid).toBe(other.masterPid);
});

test('it is killed while it is being stopped: it stays stopped, and nothing of it runs', async () => {
  const box = sandbox();
  const script = box.copyFixture('ignores-sigterm.js', 'api');
  await box.ok(['start', script, '--name', 'api', '--kill-timeout', '20000', '-i', '2'], {
    env: { PORT: String(await freePort()) },
  });
  const { masterPid, workers } = await box.app('api');
  const stop = box.spawnZdm(['stop', 'api']);
  await until(async () => (await box.app('api')).state === 'stopping');
  killHard(masterPid!);
  await until(() => !workers.some(({ pid }) => isAlive(pid)), { within: 2_000, message: 'the workers are gone' });
  await stop.ended();
  expect(await box.app('api')).toMatchObject({ state: 'stopped', masterPid: null });
});
