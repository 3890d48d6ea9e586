// Promise: a canary gets its share of the connections and no more, and its figures decide, or a person where they are too few.
import { expect, test } from 'vitest';
import type { AppStatus, CanaryStatus } from '../../daemon/protocol/model.ts';
import { askFixture } from '../helpers/http.ts';
import { killHard } from '../helpers/processes.ts';
import { deployed, generations, nothingFailed, serving } from '../helpers/numbered-releases.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';

const canaryOf = ({ operations }: AppStatus): CanaryStatus | null => operations.at(-1)?.canary ?? null;
const isBaking = (app: AppStatus): boolean => canaryOf(app)?.until !== null && canaryOf(app)?.verdict === null;
const OLD = [1, 1, 1, 1];

/**
 * The versions that answer so many new connections, two at a time: a worker that has not answered for two gets no third, which
 * goes to the other code then, and a stuck machine would be seen in the counts.
 */
async function versionsOf(port: number, count: number): Promise<Map<number, number>> {
  const versions = new Map<number, number>();
  let left = count;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { version } = await askFixture(port);
      versions.set(version, (versions.get(version) ?? 0) + 1);
    }
  };
  await Promise.all([client(), client()]);
  return versions;
}

test('10% of 1,000 connections are 100; it goes on without its command and without the daemon; aborted, all is old', async () => {
  const app = await deployed({ instances: 4, canary: { percent: 10, bake: '60s', max_latency_ratio: null } });
  const old = serving(await app.status());
  app.deploy(2);
  const reload = app.box.spawnZdm(['reload', 'api']);
  await app.when(isBaking, 'it bakes');
  // Its figures are of the time in which it bakes.
  const versions = await versionsOf(app.port, 1_000);
  expect(versions.get(2)).toBeGreaterThanOrEqual(99);
  expect(versions.get(2)).toBeLessThanOrEqual(101);
  expect(versions.get(1)).toBe(1_000 - versions.get(2)!);
  const counted = ({ fresh, old }: CanaryStatus): number => fresh.requests + old.requests;
  const told = await app.when((one) => counted(canaryOf(one)!) === 1_000, 'all answers are counted');
  const fresh = { requests: versions.get(2), errors: 0 };
  expect(canaryOf(told)).toMatchObject({ workers: 1, percent: 10, fresh, old: { errors: 0 } });
  expect(generations(told)).toEqual([2, 1, 1, 1]);
  expect(told.workers.filter(({ stage }) => stage === 'standby').map(({ pid }) => pid)).toEqual([old[0]]);
  await reload.waitFor(/canary: 1 of 4 workers, 10% of new connections; new \d+ request/);

  reload.kill('SIGINT');
  expect(await reload.ended()).toMatchObject({
    code: 130,
    stderr: expect.stringMatching(/goes on without .*zdm abort api/),
  });
  const daemon = await app.box.daemonPid();
  killHard(daemon!);
  const after = await app.when(isBaking, 'it bakes without its command and with another daemon');
  expect(await app.box.daemonPid()).not.toBe(daemon);
  expect(serving(after)).toEqual(serving(told));
  expect(after.operations.at(-1)!.op).toBe(told.operations.at(-1)!.op);
  expect((await versionsOf(app.port, 100)).get(2)).toBeGreaterThanOrEqual(9);

  expect(await app.box.ok(['abort', 'api'])).toMatch(/^api: reload aborted/);
  const aborted = await app.when(({ workers }) => workers.length === 4, 'the canary is gone');
  expect(aborted.operations.at(-1)).toMatchObject({
    phase: 'failed',
    failure: { reason: expect.stringContaining('aborted by') },
  });
  expect(serving(aborted)).toEqual(old);
  expect(await versionsOf(app.port, 20)).toEqual(new Map([[1, 20]]));
});

test('what answers well is followed by the rest; errors end it early, slowness at its end', async () => {
  const canary = { percent: 25, bake: '2s', min_requests: 5 };
  const app = await deployed({ instances: 4, canary: { ...canary, bake: '60s' } });
  const load = { port: app.port, keepAlive: 4, oneShot: 12, postShare: 0, rest: 60 };
  const begin = await startTraffic(load);
  app.deploy(2, 'errors');
  const started = Date.now();
  const { text: errors } = await app.refused('reload', 'api');
  // Long before the end of its time.
  expect(Date.now() - started).toBeLessThan(30_000);
  expect(errors).toMatch(/the canary failed: 100% of \d+ answers were errors, limit 1%; the old code 0% of \d+/);
  expect(errors).toMatch(/going back to generation 1[^]*Serving now: 4 of 4 workers, generation 1/);
  expect(generations(await app.status())).toEqual(OLD);
  const harm = await begin.stop();
  // Nothing but what the new code itself said.
  const other = harm.failed.filter(({ reason }) => !reason.startsWith('status 500: the new code is broken'));
  expect(other, summary(harm)).toEqual([]);
  expect(harm.failures).toBeGreaterThan(0);

  const traffic = await startTraffic(load);
  app.deploy(3, 'slow 400');
  app.configure({ instances: 4, canary });
  const { text: slow } = await app.refused('start');
  expect(slow).toMatch(/the canary failed: p95 \d+ms, [\d.]+ times the \d+ms of the old code, limit 2/);
  const failed = await app.status();
  expect(canaryOf(failed)).toMatchObject({ verdict: 'fail', percent: 25, workers: 1 });
  expect(generations(failed)).toEqual(OLD);

  app.deploy(4);
  app.configure({ instances: 4, canary: { ...canary, max_latency_ratio: 100 } });
  const { stdout } = await app.box.zdm(['start']);
  expect(stdout).toMatch(/canary passed: 0% errors of \d+ requests, p95 \d+ms against \d+ms/);
  expect(stdout).toMatch(/reloaded 4\/4 .* 0 cut/);
  const passed = await app.status();
  expect(canaryOf(passed)).toMatchObject({ verdict: 'pass', fresh: { errors: 0 } });
  expect(canaryOf(passed)!.fresh.requests).toBeGreaterThanOrEqual(5);
  expect(generations(passed)).toEqual([4, 4, 4, 4]);
  await traffic.more(100);
  await nothingFailed(traffic);
});

test('too few requests are no verdict: a person lets it pass or ends it, or its deadline does', async () => {
  const canary = { instances: 1, bake: '300ms', min_requests: 10_000 };
  const app = await deployed({ instances: 3, canary });
  const undecided = async (): Promise<AppStatus> =>
    app.when((one) => canaryOf(one)?.verdict === 'inconclusive', 'there is no verdict');
  app.deploy(2);
  const first = app.box.spawnZdm(['reload', 'api']);
  await first.waitFor(/canary inconclusive: 0 requests, 10000 are needed for a verdict/);
  const waiting = await undecided();
  expect(waiting.operations.at(-1)).toMatchObject({ phase: 'running', paused: false });
  expect(generations(waiting)).toEqual([2, 1, 1]);
  expect(await app.box.ok(['resume', 'api'])).toMatch(/^api: reload goes on/);
  expect((await first.ended()).code, first.output).toBe(0);
  expect(first.output).toMatch(/canary passed: resumed by .*[^]*reloaded 3\/3/);
  expect(generations(await app.status())).toEqual([2, 2, 2]);

  app.deploy(3);
  const second = app.box.spawnZdm(['reload', 'api', '--json']);
  await undecided();
  await app.box.ok(['abort', 'api']);
  expect((await second.ended()).code, second.output).toBe(1);
  const events = second.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; verdict?: string });
  expect(events.filter(({ type }) => type === 'canary').at(-1)).toMatchObject({ verdict: 'inconclusive' });
  expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { reason: expect.stringContaining('aborted by') } });
  expect(generations(await app.status())).toEqual([2, 2, 2]);

  app.deploy(4);
  app.configure({ instances: 3, canary, listen_timeout: '2500ms', progress_deadline: '2500ms' });
  const { text } = await app.refused('start');
  expect(text).toMatch(/inconclusive[^]*failed .*: it was not done within 2\.5s \(progress_deadline\)/);
  expect(generations(await app.status())).toEqual([2, 2, 2]);
  expect((await app.status()).up).toBe(3);
});
