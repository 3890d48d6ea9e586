// Promise: with blue-green no client sees old code after new code; the old code waits for a while, and is back within milliseconds.
import { describe, expect, test } from 'vitest';
import { kernelCanBalance } from '../../daemon/protocol/balance.ts';
import { killHard } from '../helpers/processes.ts';
import { numberedClients } from '../helpers/numbered-clients.ts';
import { deployed, generations, nothingFailed, serving } from '../helpers/numbered-releases.ts';
import { startTraffic } from '../helpers/traffic.ts';

const BLUE_GREEN = { strategy: 'blue-green', listen_timeout: '10s', progress_deadline: '60s' };
/** Going back to workers that wait takes no boot; that of a process takes some 100 ms (ms). */
const AT_ONCE = 60;

describe('thousands of connections over several reloads', () => {
  const balances = kernelCanBalance() ? ['least', 'kernel'] : ['least'];
  test.each(balances)('balance %s: no old code after new code', async (balance) => {
    const app = await deployed({ ...BLUE_GREEN, instances: 3, bake: '500ms', balance });
    const clients = numberedClients(app.port);
    for (let release = 2; release <= 5; release += 1) {
      await clients.more(1_000);
      app.deploy(release);
      expect(await app.box.ok(['reload', 'api'])).toMatch(/reloaded 3\/3 .* 0 cut/);
      // The command has returned: from here on it is everybody's.
      clients.seen.highest = release;
    }
    await clients.more(1_000);
    const seen = await clients.stop();
    expect(seen).toMatchObject({ stale: [], failed: [] });
    expect(seen.requests).toBeGreaterThan(5_000);
    expect(seen.connections).toBeGreaterThan(1_000);
    await app.when(({ workers }) => workers.length === 3, 'the warm ones are gone after their time');
  });
});

test('the old code waits warm: a rollback is the same processes, at once; a second one boots', async () => {
  const app = await deployed({ ...BLUE_GREEN, instances: 3, bake: '60s' });
  const old = serving(await app.status());
  const traffic = await startTraffic({ port: app.port, keepAlive: 16, oneShot: 4 });
  await traffic.more(200);
  app.deploy(2);
  await app.box.ok(['reload', 'api']);
  const switched = await app.when(
    ({ workers }) => workers.filter(({ stage }) => stage === 'standby').length === 3,
    'three wait',
  );
  expect(switched.previous).toMatchObject({ generation: 1, script: `${app.box.work}/releases/1/numbered.js` });
  expect(switched.previous!.warmUntil).toBeGreaterThan(Date.now());
  expect(generations(switched)).toEqual([2, 2, 2]);

  expect(await app.box.ok(['rollback', 'api'])).toMatch(/old worker taken back.*[^]*rolled back 3\/3 .* 0 cut/);
  const back = await app.status();
  expect(serving(back)).toEqual(old);
  expect(back).toMatchObject({ generation: 1, restarts: 0, up: 3 });
  const { startedAt, steps, slots } = back.operations.at(-1)!;
  const taken = steps.filter(({ text }) => text.startsWith('old worker taken back')).map(({ at }) => at - startedAt!);
  expect(slots.map(({ readyAfter }) => readyAfter)).toEqual([0, 0, 0]);
  expect(taken).toHaveLength(3);
  expect(Math.max(...taken)).toBeLessThan(AT_ONCE);

  // There and back: the newer code is not kept.
  expect(await app.box.ok(['rollback', 'api'])).toMatch(/ready after .*[^]*rolled back 3\/3 .* 0 cut/);
  expect(await app.status()).toMatchObject({ generation: 2, previous: { generation: 1 } });
  await traffic.more(200);
  await nothingFailed(traffic);
});

test('who waits and dies changes nothing; who dies after the switch, while it has to prove itself, brings the old ones back', async () => {
  const app = await deployed({ ...BLUE_GREEN, instances: 2, min_ready: '30s', bake: '60s' });
  const old = serving(await app.status());
  const traffic = await startTraffic({ port: app.port, keepAlive: 8, oneShot: 2 });
  await traffic.more(100);
  app.deploy(2, 'waits');
  app.open(2, 0);
  const early = app.box.spawnZdm(['reload', 'api']);
  await early.waitFor(/slot 0 +ready after .* waits/);
  const waiting = await app.status();
  expect(serving(waiting)).toEqual(old);
  killHard(waiting.workers.find(({ stage }) => stage === 'standby')!.pid);
  expect((await early.ended()).code, early.output).toBe(1);
  expect(early.output).toMatch(
    /failed at slot 0 .*the new worker ended with signal SIGKILL while it waited for the others/,
  );
  const unchanged = await app.when(({ workers }) => workers.length === 2, 'only the old ones are there');
  expect(serving(unchanged)).toEqual(old);
  expect(unchanged).toMatchObject({ generation: 1, previous: null, restarts: 0 });

  app.deploy(3);
  const late = app.box.spawnZdm(['reload', 'api']);
  const proving = await app.when(
    ({ workers }) => workers.filter(({ stage }) => stage === 'standby').length === 2,
    'old ones wait',
  );
  expect(generations(proving)).toEqual([3, 3]);
  expect(proving.operations.at(-1)!.slots.map(({ phase }) => phase)).toEqual(['proving', 'proving']);
  const doomed = serving(proving)[1]!;
  // What is in flight in a process that is killed is lost, and was not the rollout's to save.
  const before = traffic.failures;
  killHard(doomed);
  expect((await late.ended()).code, late.output).toBe(1);
  expect(late.output).toMatch(/slot 1 .*ended with signal SIGKILL, .*after it took over/);
  const back = await app.when(({ workers }) => workers.length === 2, 'the new ones are gone');
  expect(serving(back)).toEqual(old);
  expect(back).toMatchObject({ generation: 1, restarts: 0 });
  expect(before).toBe(0);
  await traffic.more(100);
  await traffic.stop();
});
