// Promise: the master may die at any step of a rollout. The next one goes on with it: the command that waits ends as it would have, no
// keep-alive request fails, no old code answers when it has ended, and nothing is left over.
import { describe, expect, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { ask } from '../helpers/http.ts';
import { numberedClients } from '../helpers/numbered-clients.ts';
import { deployed, type Deployed, generations, nothingFailed } from '../helpers/numbered-releases.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { until } from '../helpers/until.ts';

/** What its command has said last when the master is killed, one rollout after the other. */
const STEPS = [
  /slot 0 +starting/,
  /slot 0 +ready/,
  /slot 0 +old worker (dismissed|gone)/,
  /slot 1 +starting/,
  /slot 1 +ready/,
  /slot 2 +starting/,
  /slot 2 +ready/,
];

async function killMaster({ box }: Deployed): Promise<void> {
  const { masterPid } = await box.app('api');
  if (masterPid === null) return;
  killHard(masterPid);
  await until(() => !isAlive(masterPid));
}

const isWhole =
  (instances: number, generation?: number) =>
  (app: AppStatus): boolean =>
    app.state === 'online' &&
    app.workers.length === instances &&
    app.workers.every(({ stage }) => stage === 'online') &&
    (generation === undefined || generations(app).every((one) => one === generation));

async function versions(port: number): Promise<Set<number>> {
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(port)));
  return new Set(answers.map(({ text }) => (JSON.parse(text) as { version: number }).version));
}

/** Rolls out one release after the other, and kills the master at another step of each. */
async function killedAtEachStep(app: Deployed, steps: readonly RegExp[]): Promise<void> {
  const traffic = await startTraffic({ port: app.port, keepAlive: 24 });
  await traffic.more(200);
  for (const [index, step] of steps.entries()) {
    const release = index + 2;
    app.deploy(release);
    const reload = app.box.spawnZdm(['reload', 'api']);
    await reload.waitFor(step, 20_000);
    await killMaster(app);
    const { code } = await reload.ended();
    expect(code, `killed at ${step}: ${reload.output}`).toBe(0);
    expect([...(await versions(app.port))], `killed at ${step}`).toEqual([release]);
    const whole = await app.when(isWhole(3, release), 'three workers of the new code, and no other');
    expect(whole.restarts).toBe(0);
  }
  await traffic.more(200);
  await nothingFailed(traffic);
  expect(app.box.processes().filter(({ command }) => command.includes('numbered.js'))).toHaveLength(3);
  expect(app.box.logs()).not.toMatch(/"event":"bug"/);
}

describe('a reload', () => {
  test('slot by slot', async () => {
    await killedAtEachStep(await deployed({ instances: 3 }), STEPS);
  });

  test('of two slots at a time', async () => {
    await killedAtEachStep(await deployed({ instances: 3, surge: 2 }), [STEPS[0]!, STEPS[3]!, STEPS[4]!, STEPS[6]!]);
  });

  test('blue-green: and no client sees old code after new code', async () => {
    const app = await deployed({ instances: 3, strategy: 'blue-green', bake: '0s' });
    const clients = numberedClients(app.port);
    await clients.more(300);
    const steps = [/slot 0 +starting/, /slot 1 +ready after .* waits/, /takes over/, /old worker dismissed/];
    for (const [index, step] of steps.entries()) {
      const release = index + 2;
      app.deploy(release);
      const reload = app.box.spawnZdm(['reload', 'api']);
      await reload.waitFor(step, 20_000);
      await killMaster(app);
      const { code } = await reload.ended();
      expect(code, `killed at ${step}: ${reload.output}`).toBe(0);
      clients.seen.highest = release;
      await clients.more(200);
      await app.when(isWhole(3, release), 'three workers of the new code, and no other');
    }
    const seen = await clients.stop();
    expect(seen.stale).toEqual([]);
    // A connection that the master has just accepted dies with it: one for each of its deaths, at most.
    expect(seen.failed.length, seen.failed.join('\n')).toBeLessThanOrEqual(steps.length);
  });

  test('with a canary: it is judged by the next master, and is followed by the rest', async () => {
    const canary = { percent: 30, bake: '3s', min_requests: 1, max_latency_ratio: null };
    const app = await deployed({ instances: 3, canary, bake: '0s' });
    const traffic = await startTraffic({ port: app.port, keepAlive: 24 });
    for (const [index, step] of [/slot 0 +starting/, /slot 0 +ready/, /slot 1 +starting/].entries()) {
      const release = index + 2;
      await traffic.more(100);
      app.deploy(release);
      const reload = app.box.spawnZdm(['reload', 'api']);
      await reload.waitFor(step, 20_000);
      await killMaster(app);
      const { code } = await reload.ended();
      expect(code, `killed at ${step}: ${reload.output}`).toBe(0);
      await app.when(isWhole(3, release), 'three workers of the new code, and no other');
    }
    await nothingFailed(traffic);
  });
});

test('a release that fails: the old code serves on, and the command says why, whoever was the master', async () => {
  const app = await deployed({ instances: 3 });
  const traffic = await startTraffic({ port: app.port, keepAlive: 24 });
  await traffic.more(100);
  const before = await app.status();
  app.deploy(2, 'waits');
  app.open(2, 0);
  const reload = app.box.spawnZdm(['reload', 'api']);
  await reload.waitFor(/slot 1 +starting/, 20_000);
  const { masterPid } = await app.status();
  await killMaster(app);
  const { workers } = await app.when(
    ({ workers: all, masterPid: pid }) =>
      pid !== null && pid !== masterPid && all.some(({ stage }) => stage === 'starting'),
    'the next master goes on',
  );
  for (const { pid, stage } of workers) if (stage === 'starting') killHard(pid);
  const { code } = await reload.ended();
  expect(code, reload.output).toBe(1);
  expect(reload.output).toMatch(/reload failed at slot 1 .* before it was ready/);
  await app.when(isWhole(3, before.generation), 'the old code in every slot');
  expect([...(await versions(app.port))]).toEqual([1]);
  await nothingFailed(traffic);
});

test('scaling up and down', async () => {
  const app = await deployed({ instances: 2 });
  const traffic = await startTraffic({ port: app.port, keepAlive: 24 });
  await traffic.more(100);
  const up = app.box.spawnZdm(['scale', 'api', '5']);
  await up.waitFor(/slot 3 +starting/, 20_000);
  await killMaster(app);
  expect((await up.ended()).code, up.output).toBe(0);
  await app.when(isWhole(5), 'five');
  const down = app.box.spawnZdm(['scale', 'api', '1']);
  await down.waitFor(/dismissed/, 20_000);
  await killMaster(app);
  expect((await down.ended()).code, down.output).toBe(0);
  await app.when(isWhole(1), 'one');
  await nothingFailed(traffic);
});

test('stopping: it is stopped, its port is closed, and nothing of it runs', async () => {
  const app = await deployed({ instances: 3 });
  const { workers } = await app.status();
  const slow = ask(app.port, '/slow?ms=1500').catch(() => null);
  await app.when(({ workers: all }) => all.some(({ connections }) => connections > 0), 'a request is in flight');
  const stop = app.box.spawnZdm(['stop', 'api']);
  await app.when(({ state }) => state === 'stopping', 'it is being stopped');
  await killMaster(app);
  await slow;
  expect((await stop.ended()).code, stop.output).toBe(0);
  await until(() => !workers.some(({ pid }) => isAlive(pid)), { within: 10_000, message: 'all workers have ended' });
  await app.when(({ state, masterPid }) => state === 'stopped' && masterPid === null, 'stopped');
  await expect(ask(app.port)).rejects.toThrow('ECONNREFUSED');
});

test('twenty masters in a row, under load', async () => {
  const app = await deployed({ instances: 3 });
  const before = await app.status();
  const keepAlive = await startTraffic({ port: app.port, keepAlive: 32, slow: 2, stream: 2, rest: 5 });
  const oneShot = await startTraffic({ port: app.port, keepAlive: 0, oneShot: 8, rest: 2, seed: 2 });
  let master = before.masterPid;
  for (let kill = 0; kill < 20; kill += 1) {
    await Promise.all([keepAlive.more(100), oneShot.more(50)]);
    killHard(master!);
    const after = await app.when(({ masterPid }) => masterPid !== null && masterPid !== master, 'another master');
    master = after.masterPid;
  }
  const [kept, single] = [await keepAlive.stop(), await oneShot.stop()];
  console.log(
    `20 SIGKILLs of the master: ${kept.requests} keep-alive requests, ${kept.failures} failed;`,
    `${single.requests} one-shot requests, ${single.failures} failed`,
  );
  expect(kept).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  expect(single.failures).toBeLessThanOrEqual(20);
  const after = await app.status();
  expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
  expect(after).toMatchObject({ restarts: 0, generation: before.generation });
});
