// Promise: old code stays old code, whatever `current` points to by now, and a rollback brings it back with what belonged to it.
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { ask } from '../helpers/http.ts';
import { killHard } from '../helpers/processes.ts';
import { type Deployed, deployed, generations, nothingFailed, serving } from '../helpers/numbered-releases.ts';
import { startTraffic } from '../helpers/traffic.ts';

/** Kills the worker of a slot; the status with the next one in its place. */
async function replaceByKill(app: Deployed, slot: number): Promise<AppStatus> {
  const before = await app.status();
  const victim = serving(before)[slot]!;
  killHard(victim);
  return app.when(
    (one) => one.up === one.wanted && !serving(one).includes(victim),
    'somebody else serves the slot of the killed worker',
  );
}

/** What so many new connections are answered by: `1 vanilla`. */
async function answersOf({ port }: Deployed, count = 6): Promise<Set<string>> {
  const replies = await Promise.all(Array.from({ length: count }, () => ask(port)));
  return new Set(
    replies.map(({ text, headers }) =>
      [(JSON.parse(text) as { version: number }).version, headers['x-flavour']].join(' '),
    ),
  );
}

const scriptOf = ({ box }: Deployed, number: number): string => path.join(box.work, `releases/${number}/numbered.js`);

test('old workers come back as old code; a rollback boots the release before with its environment and its options', async () => {
  const options = { instances: 3, listen_timeout: '20s', kill_timeout: '4s', env: { FLAVOUR: 'vanilla' } };
  const app = await deployed(options);
  app.deploy(2, 'waits');
  app.open(2, 0);
  const reload = app.box.spawnZdm(['reload', 'api']);
  await reload.waitFor(/slot 1 +starting/);
  await app.box.ok(['pause', 'api']);
  // Its turn has not come, and `current` is release 2 by now.
  expect(generations(await replaceByKill(app, 2))).toEqual([2, 1, 1]);
  expect(await answersOf(app)).toEqual(new Set(['2 vanilla', '1 vanilla']));
  await app.box.ok(['abort', 'api']);
  expect((await reload.ended()).code, reload.output).toBe(1);
  await app.when(({ workers }) => workers.length === 3, 'what was starting is gone');
  expect(generations(await replaceByKill(app, 0))).toEqual([1, 1, 1]);
  expect(await answersOf(app)).toEqual(new Set(['1 vanilla']));
  expect(await app.status()).toMatchObject({ previous: null, release: { generation: 1, script: scriptOf(app, 1) } });

  app.deploy(3);
  app.configure({ ...options, kill_timeout: '9s', env: { FLAVOUR: 'chocolate' } });
  await app.box.ok(['start']);
  expect(await answersOf(app)).toEqual(new Set(['3 chocolate']));
  expect(await app.status()).toMatchObject({ spec: { killTimeout: 9_000 }, previous: { script: scriptOf(app, 1) } });
  expect(await app.box.ok(['rollback', 'api'])).toMatch(/rolled back 3\/3/);
  const back = await app.status();
  expect(back).toMatchObject({ spec: { killTimeout: 4_000 }, release: { script: scriptOf(app, 1) } });
  expect(back.previous).toMatchObject({ script: scriptOf(app, 3), warmUntil: null });
  expect(await answersOf(app)).toEqual(new Set(['1 vanilla']));
});

test('after a rollback the list tells the description of what serves, past the deaths of the daemon and the master', async () => {
  const options = { instances: 2, kill_timeout: '4s', env: { FLAVOUR: 'vanilla' } };
  const app = await deployed(options);
  app.deploy(2);
  app.configure({ ...options, kill_timeout: '9s', env: { FLAVOUR: 'chocolate' } });
  await app.box.ok(['start']);
  await app.box.ok(['rollback', 'api']);
  const { spec, masterPid } = await app.status();
  expect(spec).toMatchObject({ killTimeout: 4_000 });
  killHard((await app.box.daemonPid())!);
  killHard(masterPid!);
  await app.box.ok(['list']);
  const risen = await app.when((one) => one.up === 2 && one.masterPid !== masterPid, 'another master serves');
  expect(risen).toMatchObject({ spec: { killTimeout: 4_000 }, release: { script: scriptOf(app, 1) } });
  expect(await answersOf(app)).toEqual(new Set(['1 vanilla']));
  expect(await app.box.ok(['rollback', 'api'])).toMatch(/rolled back 2\/2/);
  expect(await answersOf(app)).toEqual(new Set(['2 chocolate']));
});

describe('a release to go back to', () => {
  test('that is gone from disk, or was written over: said, exit code 1, and nothing has changed', async () => {
    const app = await deployed({ instances: 2 });
    const traffic = await startTraffic({ port: app.port, keepAlive: 8, oneShot: 2 });
    app.deploy(2);
    await app.box.ok(['reload', 'api']);
    const before = await app.status();
    const nothingChanged = async (): Promise<void> => {
      const after = await app.when(({ workers }) => workers.length === 2, 'nobody else is there');
      expect(after).toMatchObject({ generation: 2, restarts: 0, state: 'online' });
      expect(serving(after)).toEqual(serving(before));
    };
    const folder = path.join(app.box.work, 'releases/1');
    renameSync(folder, `${folder}-away`);
    expect((await app.refused('rollback', 'api')).text).toContain(
      `the code of generation 1 is gone from disk (${scriptOf(app, 1)})`,
    );
    await nothingChanged();
    renameSync(`${folder}-away`, folder);
    // As a deploy into the same folder does.
    app.box.copyFixture('numbered.js', 'fresh');
    rmSync(scriptOf(app, 1));
    renameSync(path.join(app.box.work, 'fresh/numbered.js'), scriptOf(app, 1));
    expect((await app.refused('rollback', 'api')).text).toContain(
      `the code of generation 1 was written over in place (${scriptOf(app, 1)})`,
    );
    await nothingChanged();
    await traffic.more(100);
    await nothingFailed(traffic);
  });

  test('survives the master: the app goes on with what it ran, though `current` points to what does not start', async () => {
    const app = await deployed({ instances: 2 });
    app.deploy(2);
    await app.box.ok(['reload', 'api']);
    app.deploy(3, 'throws');
    expect((await app.refused('reload', 'api')).text).toContain('this release is broken');
    const before = await app.status();
    killHard(before.masterPid!);
    const risen = await app.when((one) => one.up === 2 && one.masterPid !== before.masterPid, 'another master serves');
    expect(risen.release).toMatchObject({ script: scriptOf(app, 2) });
    expect(serving(risen)).toEqual(serving(before));
    // And when nothing of it is left: with what it ran.
    for (const pid of [risen.masterPid!, ...serving(risen)]) killHard(pid);
    const again = await app.when(
      (one) => one.up === 2 && serving(one).every((pid) => !serving(risen).includes(pid)),
      'other workers serve',
    );
    expect(again.release).toMatchObject({ script: scriptOf(app, 2) });
    expect(await answersOf(app)).toEqual(new Set(['2 none']));
    expect(await app.box.ok(['rollback', 'api'])).toMatch(/rolled back 2\/2/);
    expect(await answersOf(app)).toEqual(new Set(['1 none']));
  });
});

test('what dies again and again soon after it took over is rolled back without a word, and why is told', async () => {
  const app = await deployed({ instances: 2, bake: '60s' });
  app.deploy(2);
  await app.box.ok(['reload', 'api']);
  const traffic = await startTraffic({ port: app.port, keepAlive: 4, oneShot: 2 });
  await traffic.more(50);
  for (let death = 1; death <= 2; death += 1) expect(generations(await replaceByKill(app, 0))).toEqual([2, 2]);
  killHard(serving(await app.status())[0]!);
  const back = await app.when(
    ({ generation, operations }) => generation === 1 && operations.every(({ endedAt }) => endedAt !== null),
    'the old code serves',
  );
  const by = 'zdm (slot 0 died 3 times within 60s after it took over (bake))';
  expect(back.operations.at(-1)).toMatchObject({ kind: 'rollback', phase: 'done', by });
  expect(back.events.at(-1)).toMatchObject({ type: 'operation', kind: 'rollback', reason: null, by });
  expect(await app.box.ok(['describe', 'api'])).toContain('slot 0 died 3 times');
  expect(generations(back)).toEqual([1, 1]);
  const { failures } = traffic;
  await traffic.more(100);
  expect(traffic.failures).toBe(failures);
  expect(await answersOf(app)).toEqual(new Set(['1 none']));
});
