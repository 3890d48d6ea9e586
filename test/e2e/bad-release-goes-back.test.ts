// Promise: new code that has taken over in some slots, and then turns out to be bad, leaves again: slots that have it go back to
// the old code. Where the old code is not there any more, they keep the new one, and it is said why.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { pidsOf, refusedUnderLoad, startReleases } from '../helpers/releases.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';

test('ready, and then it crashes within min_ready: the old worker has waited, and is taken back', async () => {
  const deployed = await startReleases(sandbox(), { min_ready: '3s' });
  const before = await deployed.box.app('api');
  deployed.deploy(2, 'crashes-later 300');
  // Whole requests, answered in the turn in which they come: what is in the middle of something when its worker crashes is lost.
  const load = { keepAlive: 16, postShare: 0, splitShare: 0 };
  const { text, report, app } = await refusedUnderLoad(deployed, load);
  expect(text).toMatch(
    /^api: reload failed at slot 0 after [\d.]+m?s: the new worker ended with exit code 1, [\d.]+m?s after it took over$/m,
  );
  expect(text).toContain('    Error: the cache cannot be filled');
  expect(text).toMatch(/slot 0 +old worker taken back, pid \d+/);
  expect([...report.byVersion.keys()]).toEqual([1, 2]);
  expect(pidsOf(app)).toEqual(pidsOf(before));
});

describe('a good first slot and a bad second one', () => {
  test('throws: the first goes back to the release before, behind the link', async () => {
    const deployed = await startReleases(sandbox());
    const before = await deployed.box.app('api');
    deployed.deploy(2, 'throws-in-slot 1');
    const { text, report, app } = await refusedUnderLoad(deployed);
    expect(text).toMatch(
      /^api: reload failed at slot 1 after [\d.]+m?s: the new worker ended with exit code 1 before it was ready$/m,
    );
    expect(text).toContain('    Error: the database password is missing');
    // Said when it turned round, before what was done about it.
    expect(text).toMatch(/going back to generation 1: the new worker ended [^]*slot 0 +starting generation 1/);
    expect([...report.byVersion.keys()]).toEqual([1, 2]);
    expect(pidsOf(app)[0]).not.toBe(pidsOf(before)[0]);
    expect(pidsOf(app)[1]).toBe(pidsOf(before)[1]);
    expect(app.release?.script).toMatch(/\/releases\/1\/release\.js$/);
    // The link points to the bad release, and a crash does not bring it in.
    process.kill(pidsOf(app)[0]!, 'SIGKILL');
    const versions = await Promise.all(Array.from({ length: 8 }, () => askFixture(deployed.port)));
    expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 8 }, () => 1));
  });

  test('listens elsewhere: what was missing is still named when the first is back', async () => {
    const deployed = await startReleases(sandbox());
    deployed.deploy(2, 'elsewhere-in-slot 1');
    const { text } = await refusedUnderLoad(deployed);
    expect(text).toMatch(
      /^api: reload failed at slot 1 after .*did not listen where it should within 1\.5s \(missing: \d+, where the old one listens; it listens on \d+\)$/m,
    );
  });

  test('in a folder that was written over: the first keeps the new code, and it is said why', async () => {
    const box = sandbox();
    const script = box.copyFixture('release.js', 'api');
    const port = await freePort();
    box.setVersion(script, '1 serves');
    await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: `${port}` } });
    const traffic = await startTraffic({ port, keepAlive: 8, oneShot: 2 });
    await traffic.more(100);
    box.writeFile('api/release.js', `${readFileSync(script, 'utf8')}// Version 2.\n`);
    box.setVersion(script, '2 throws-in-slot 1');
    const { code, text } = await box.zdm(['reload', 'api']);
    expect(code, text).toBe(1);
    expect(text).toMatch(
      /^api: reload failed at slot 1 after .*: the new worker ended with exit code 1 before it was ready$/m,
    );
    expect(text).toContain('    Error: the database password is missing');
    expect(text).toContain('Serving now: 2 of 2 workers, 1 of generation 1, 1 of generation 2.');
    expect(text).toContain(
      `api: slot 0 keeps generation 2: the code of generation 1 was written over in place (${script})`,
    );
    await traffic.more(100);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
    const { workers, ...app } = await box.app('api');
    expect(app).toMatchObject({ state: 'online', up: 2, restarts: 0 });
    expect(Object.fromEntries(workers.map(({ slot, generation }) => [slot, generation]))).toEqual({ 0: 2, 1: 1 });
  });
});

test('in fork mode there is a gap, and the old code is back after it', async () => {
  const deployed = await startReleases(sandbox(), { instances: 1, exec_mode: 'fork', min_uptime: '400ms' });
  deployed.deploy(2, 'throws');
  const { code, text } = await deployed.box.zdm(['reload', 'api']);
  expect(code, text).toBe(1);
  expect(text).toMatch(
    /^api: reload failed at slot 0 after .*: the new worker ended with exit code 1 before it was ready$/m,
  );
  expect(text).toContain('    Error: the database password is missing');
  expect(text).toContain('Serving now: 1 of 1 worker, generation 1.');
  expect((await askFixture(deployed.port)).version).toBe(1);
});
