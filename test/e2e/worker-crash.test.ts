// Promise: a worker's crash costs only the requests it was working on; it is replaced at once, and a crash loop ends.
import { describe, expect, test } from 'vitest';
import { ask, askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

describe('a worker that dies', () => {
  test('of several: only its own connections notice, new ones are never refused', async () => {
    const box = sandbox();
    const script = box.copyFixture('crashes-on-request.js', 'api');
    const port = await freePort();
    await box.ok(['start', script, '--name', 'api', '-i', '3'], { env: { PORT: String(port) } });
    // One client with a connection per request: each death can cost it one request, the one that the victim was answering.
    const traffic = await startTraffic({ port, keepAlive: 0, oneShot: 1, rest: 5 });
    for (let round = 1; round <= 5; round += 1) {
      await traffic.more(50);
      const before = await box.app('api');
      const victim = before.workers[0]!;
      process.kill(victim.pid, 'SIGKILL');
      await until(async () => (await box.app('api')).restarts === round, {
        within: 10_000,
        message: 'the crash is counted',
      });
      await until(async () => (await box.app('api')).up === 3, { within: 10_000, message: 'the worker is replaced' });
      const after = await box.app('api');
      expect(after.lastExit).toMatchObject({ pid: victim.pid, signal: 'SIGKILL', slot: victim.slot });
    }
    const report = await traffic.stop();
    expect(report.failures, summary(report)).toBeLessThanOrEqual(5);
    expect(
      report.failed.every(({ reason }) => !/refused/i.test(reason)),
      summary(report),
    ).toBe(true);
  });

  test('the only one: connections wait for the next instead of being refused', async () => {
    const box = sandbox();
    const script = box.copyFixture('crashes-on-request.js', 'api');
    const port = await freePort();
    await box.ok(['start', script, '--name', 'api'], { env: { PORT: String(port) } });
    const { pid } = (await box.app('api')).workers[0]!;
    await ask(port, '/crash').catch(() => undefined);
    const answers = await Promise.all(Array.from({ length: 20 }, () => askFixture(port, '/')));
    expect(new Set(answers.map((answer) => answer.pid)).size).toBe(1);
    expect(answers[0]!.pid).not.toBe(pid);
  });

  test('again and again: it backs off and ends as errored, with the reason', async () => {
    const box = sandbox();
    const script = box.copyFixture('versioned.js', 'api');
    const port = await freePort();
    box.setVersion(script, 'ok 1');
    await box.ok(['start', script, '--name', 'api', '--max-restarts', '4'], { env: { PORT: String(port) } });
    box.setVersion(script, 'throw');
    process.kill((await box.app('api')).workers[0]!.pid, 'SIGKILL');
    await until(async () => (await box.app('api')).state === 'backoff', { within: 10_000, message: 'it backs off' });
    await until(async () => (await box.app('api')).state === 'errored', { within: 20_000, message: 'it is given up' });
    const app = await box.app('api');
    expect(app.reason).toMatch(/died 5 times in a row .* exit code 1/);
    expect(app.lastExit?.lines.join('\n')).toMatch(/the database password is missing/);
    expect(await box.ok(['list'])).toMatch(/died 5 times in a row/);
    await expect(ask(port, '/')).rejects.toThrow(/ECONNREFUSED/);

    box.setVersion(script, 'ok 2');
    await box.ok(['restart', 'api']);
    expect((await askFixture(port, '/')).version).toBe(2);
  });
});
