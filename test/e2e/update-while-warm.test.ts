// Promise: an update of zdm in the middle of a release's trial loses nothing: no request, and not the way back.
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployed, generations, nothingFailed, serving } from '../helpers/numbered-releases.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { makeVersions, type Versions } from '../helpers/versions.ts';

let versions: Versions;

beforeAll(async () => {
  versions = makeVersions();
  await Promise.all(['0.8.0', '0.9.0'].map((version) => versions.pack(version)));
}, 60_000);

afterAll(() => versions.remove());

test('old workers that wait warm wait on, and a rollback takes them back', async () => {
  await versions.install('0.8.0');
  const fields = { instances: 2, strategy: 'blue-green', bake: '60s', env: { FLAVOUR: 'vanilla' } };
  const app = await deployed(fields, { cli: versions.cli });
  const traffic = await startTraffic({ port: app.port, keepAlive: 8, oneShot: 2 });
  app.deploy(2);
  app.configure({ ...fields, kill_timeout: '9s', env: { FLAVOUR: 'chocolate' } });
  await app.box.ok(['start']);
  const warm = await app.when(
    ({ workers }) => workers.filter(({ stage }) => stage === 'standby').length === 2,
    'two wait',
  );
  await versions.install('0.9.0');
  expect(await app.box.ok(['update'])).toMatch(
    /^master: zdm 0\.9\.0, pid \d+; 1 app with 2 workers went on as they were$/m,
  );
  const after = await app.status();
  expect(after).toMatchObject({ masterVersion: '0.9.0', generation: 2, up: 2, restarts: 0, release: warm.release });
  const placesOf = ({ workers }: AppStatus): unknown => workers.map(({ pid, slot, stage }) => ({ pid, slot, stage }));
  expect(placesOf(after)).toEqual(placesOf(warm));
  // For the rest of the time that they had.
  expect(after.previous).toEqual(warm.previous);
  expect(await app.box.ok(['rollback', 'api'])).toMatch(/old worker taken back.*[^]*rolled back 2\/2 .* 0 cut/);
  const back = await app.status();
  const waited = warm.workers.filter(({ stage }) => stage === 'standby').map(({ pid }) => pid);
  expect(serving(back)).toEqual(waited);
  expect(back).toMatchObject({ release: { script: warm.previous!.script }, spec: { killTimeout: 5_000 } });
  expect(new Set(generations(back)).size).toBe(1);
  await traffic.more(50);
  await nothingFailed(traffic);
});
