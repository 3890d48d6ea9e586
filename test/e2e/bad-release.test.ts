// Promise: bad code does not take over. The old workers serve on, the command says why and fails, nothing is left behind.
import { describe, expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';

const BAD = [
  { boot: 'throw', reason: /ended with exit code 1 before it was ready/, lines: /the database password is missing/ },
  { boot: 'exit 0', reason: /ended with exit code 0 before it was ready/, lines: /nothing to do, leaving with 0/ },
  {
    boot: 'never',
    reason: /did not listen on a port within 1\.5s/,
    lines: /Serving now: 2 of 2 workers, generation 1/,
  },
];

describe('a reload with code that does not start', () => {
  test.each(BAD)('$boot: the old code serves on', async ({ boot, reason, lines }) => {
    const box = sandbox();
    const script = box.copyFixture('versioned.js', 'api');
    const port = await freePort();
    box.setVersion(script, 'ok 1');
    const flags = ['--name', 'api', '-i', '2', '--listen-timeout', '1500'];
    await box.ok(['start', script, ...flags], { env: { PORT: String(port) } });
    const before = await box.app('api');
    const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2 });
    await traffic.more(300);

    box.setVersion(script, boot);
    const { code, text } = await box.zdm(['reload', 'api']);
    expect(code).toBe(1);
    expect(text).toMatch(reason);
    expect(text).toMatch(lines);

    await traffic.more(300);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
    const after = await box.app('api');
    expect(after).toMatchObject({ state: 'online', up: 2, wanted: 2, generation: 1 });
    expect(after.workers.map(({ pid }) => pid)).toEqual(before.workers.map(({ pid }) => pid));

    // The next good release is not hindered by the bad one.
    box.setVersion(script, 'ok 3');
    await box.ok(['reload', 'api']);
    expect((await box.app('api')).workers.map(({ stage }) => stage)).toEqual(['online', 'online']);
  });

  test('that opens only its health port: it does not take over, and what is missing is named', async () => {
    const box = sandbox();
    const script = box.copyFixture('only-health.js', 'api');
    const [port, health] = [await freePort(), await freePort()];
    box.setVersion(script, 'fine');
    const flags = ['--name', 'api', '-i', '2', '--listen-timeout', '1500'];
    await box.ok(['start', script, ...flags], { env: { PORT: `${port}`, HEALTH_PORT: `${health}` } });
    const traffic = await startTraffic({ port, keepAlive: 8, oneShot: 2 });
    await traffic.more(100);
    await box.ok(['reload', 'api']);
    box.setVersion(script, 'broken');
    const { code, text } = await box.zdm(['reload', 'api']);
    expect(code).toBe(1);
    expect(text).toContain(`did not listen on a port within 1.5s (missing: ${port}, where the old one listens)`);
    await traffic.more(100);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  });

  test('a first start that throws says so with its last lines, and can be repeated', async () => {
    const box = sandbox();
    const script = box.copyFixture('versioned.js', 'api');
    const port = await freePort();
    box.setVersion(script, 'throw');
    const first = await box.zdm(['start', script, '--name', 'api'], { env: { PORT: String(port) } });
    expect(first.code).toBe(1);
    expect(first.text).toMatch(/exit code 1 before it was ready/);
    expect(first.text).toMatch(/the database password is missing/);
    const app = await box.app('api');
    expect(app).toMatchObject({ state: 'errored', up: 0 });
    expect(app.reason).toMatch(/exit code 1/);
    expect(await box.ok(['list'])).toMatch(/errored/);
    expect(await box.ok(['describe', 'api'])).toMatch(/the database password is missing/);

    box.setVersion(script, 'ok 2');
    await box.ok(['start', script, '--name', 'api'], { env: { PORT: String(port) } });
    expect(await box.app('api')).toMatchObject({ state: 'online', up: 1 });
  });
});
