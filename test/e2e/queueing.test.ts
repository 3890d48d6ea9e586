// Promise: rollouts take turns, the newest code wins, whoever waits is told, and none of them depends on its command or on the daemon.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { talkToDaemon } from '../helpers/daemon.ts';
import { killHard } from '../helpers/processes.ts';
import { deployed, generations, nothingFailed, serving } from '../helpers/numbered-releases.ts';
import { startTraffic } from '../helpers/traffic.ts';

/** What min_ready is here, less the rounding of times (ms). */
const PROOF = 395;

const inStage = ({ workers }: AppStatus, stage: string): number => workers.filter((one) => one.stage === stage).length;

test('of three reloads the second is dropped, and its command is told; the third is done', async () => {
  const app = await deployed({ instances: 2, listen_timeout: '20s' });
  const traffic = await startTraffic({ port: app.port, keepAlive: 8, oneShot: 2 });
  app.deploy(2, 'waits');
  const first = app.box.spawnZdm(['reload', 'api']);
  await first.waitFor(/slot 0 +starting/);
  const second = app.box.spawnZdm(['reload', 'api']);
  await second.waitFor('api: waiting for the reload that runs');
  const third = app.box.spawnZdm(['reload', 'api', '--json']);
  expect((await second.ended()).code, second.output).toBe(1);
  expect(second.stderr).toContain('api: this reload was dropped: a newer reload took its place');
  const queued = await app.status();
  expect(queued.operations.slice(1).map(({ phase }) => phase)).toEqual(['running', 'failed', 'queued']);
  expect(generations(queued)).toEqual([1, 1]);
  app.deploy(3);
  app.open(2);
  expect((await first.ended()).code, first.output).toBe(0);
  expect((await third.ended()).code, third.output).toBe(0);
  const types = third.stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect([types[0], types[1], types.at(-1)]).toEqual(['queued', 'begun', 'done']);
  expect(generations(await app.status())).toEqual([3, 3]);
  await traffic.more(50);
  await nothingFailed(traffic);
});

test('a paused blue-green does not switch, past the deaths of its command and the daemon; aborted, all is as before', async () => {
  const app = await deployed({ instances: 2, strategy: 'blue-green', listen_timeout: '20s', bake: '60s' });
  const old = serving(await app.status());
  const traffic = await startTraffic({ port: app.port, keepAlive: 8, oneShot: 2 });
  app.deploy(2, 'waits');
  app.open(2, 0);
  expect(await app.box.ok(['reload', 'api', '--no-wait'])).toMatch(/^api: reload begun\. .*end it: zdm abort api\n$/);
  await app.when((one) => inStage(one, 'standby') === 1, 'one waits for the other');
  expect(await app.box.ok(['pause', 'api'])).toMatch(/^api: reload paused/);
  app.open(2);
  const held = await app.when((one) => inStage(one, 'standby') === 2, 'both are ready, and wait');
  killHard((await app.box.daemonPid())!);
  await traffic.more(50);
  const after = await app.status();
  expect(serving(after)).toEqual(old);
  expect(after.workers.map(({ pid }) => pid)).toEqual(held.workers.map(({ pid }) => pid));
  expect(after.operations.at(-1)).toMatchObject({ phase: 'running', paused: true });

  expect(await app.box.ok(['abort', 'api'])).toMatch(/^api: reload aborted/);
  const aborted = await app.when(({ workers }) => workers.length === 2, 'those that waited are gone');
  expect(serving(aborted)).toEqual(old);
  expect(aborted).toMatchObject({ generation: 1, previous: null });

  // Resumed, it switches.
  app.deploy(3, 'waits');
  const reload = app.box.spawnZdm(['reload', 'api']);
  await reload.waitFor(/slot 0 +starting/);
  await app.box.ok(['pause', 'api']);
  app.open(3);
  await app.when((one) => inStage(one, 'standby') === 2, 'both wait');
  expect(await app.box.ok(['resume', 'api'])).toMatch(/^api: reload goes on/);
  expect((await reload.ended()).code, reload.output).toBe(0);
  expect(generations(await app.status())).toEqual([3, 3]);
  await traffic.more(50);
  await nothingFailed(traffic);
});

test('surge: never more than that many workers beyond the usual, and min_ready holds the next ones back', async () => {
  const fields = { instances: 4, min_ready: '400ms', bake: 0 };
  const app = await deployed(fields);
  const watched = (await talkToDaemon(app.box.home)).follow('apps', {});
  for (const [surge, most] of [
    [3, 3],
    ['50%', 2],
  ] as const) {
    const from = watched.events.length;
    app.configure({ ...fields, surge });
    await app.box.ok(['start']);
    const { steps, endedAt } = await app.last();
    const states = watched.events.slice(from).flatMap(({ event }) => (event.type === 'app' ? [event.app] : []));
    // Whoever was asked to stop has left already.
    const beyond = states.map((one) => one.workers.length - inStage(one, 'stopping') - 4);
    expect(Math.max(...beyond)).toBe(most);
    const at = (what: string): number[] => steps.filter(({ text }) => text.startsWith(what)).map((one) => one.at);
    const [forks, readies] = [at('starting'), at('ready')];
    expect(new Set(forks.slice(0, most)).size, 'the first ones start in one turn').toBe(1);
    for (const [index, fork] of forks.entries())
      if (index >= most) expect(fork - readies[index - most]!).toBeGreaterThanOrEqual(PROOF);
    expect(endedAt! - readies.at(-1)!).toBeGreaterThanOrEqual(PROOF);
  }
});

test('a rehearsal boots one worker that knows it, asks for its health, gives it no traffic, and leaves everything as it was', async () => {
  const seen = 'seen.log';
  const app = await deployed({ instances: 2, health: '/healthz', env: { SEEN: seen } });
  const traffic = await startTraffic({ port: app.port, keepAlive: 8, oneShot: 4 });
  await traffic.more(50);
  const before = await app.status();
  app.deploy(2);
  expect(await app.box.ok(['reload', 'api', '--dry-run'])).toMatch(
    /^api: \S+ in .*: the new code starts, nothing was changed$/m,
  );
  await traffic.more(50);
  const lines = readFileSync(path.join(app.box.work, seen), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const rehearsed = lines.filter(([, rehearsal]) => rehearsal === '1');
  expect(rehearsed.map(([, , what]) => what)).toEqual(['boot', '/healthz']);
  const same = async (): Promise<void> => {
    const { workers, generation, release, previous, up, spec } = await app.when(
      (one) => one.workers.length === 2,
      'it is gone',
    );
    expect(workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));
    expect({ generation, release, previous, up, spec }).toEqual({
      generation: before.generation,
      release: before.release,
      previous: null,
      up: 2,
      spec: before.spec,
    });
  };
  await same();
  app.deploy(3, 'throws');
  const { text } = await app.refused('reload', 'api', '--dry-run');
  expect(text).toMatch(
    /ended with exit code 1 before it was ready[^]*this release is broken[^]*Serving now: 2 of 2 workers, generation 1/,
  );
  await same();
  await nothingFailed(traffic);
});
