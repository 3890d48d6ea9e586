// Promise: a reload is invisible. Apps without a line of graceful code, clients that never retry.
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TestHooks } from '../helpers/hooks.ts';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { EVERYTHING, startTraffic } from '../helpers/traffic.ts';
import { checkPosts, staleAnswers, summary } from '../helpers/traffic-report.ts';

const CLEAN = { failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] };

/** Reloads under load: `reloads` times, with about `each` requests before, during and after each one. */
async function reloadUnderLoad(fixture: string, reloads: number, each: number, test?: TestHooks): Promise<void> {
  const box = sandbox(test);
  const script = box.copyFixture(fixture, 'api');
  const port = await freePort();
  const posts = path.join(box.work, 'posts.log');
  box.setVersion(script, 1);
  await box.ok(['start', script, '--name', 'api', '-i', '4'], { env: { PORT: String(port), POST_LOG: posts } });
  const traffic = await startTraffic({ ...EVERYTHING, port, test });
  let last = 0;
  for (let version = 2; version <= reloads + 1; version += 1) {
    await traffic.more(each);
    box.setVersion(script, version);
    const { stdout } = await box.zdm(['reload', 'api']);
    last = Date.now();
    expect(stdout).toMatch(/reloaded 4\/4 .* 0 cut/);
  }
  await traffic.more(each);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject(CLEAN);
  expect(report.requests).toBeGreaterThan(reloads * each);
  expect(report.byVersion.size).toBe(reloads + 1);
  expect(checkPosts(posts, report)).toEqual({ missing: [], twice: [], unanswered: [] });
  // The old code never answers a request that was sent after the command had returned.
  expect(staleAnswers(report, last, reloads + 1)).toEqual([]);
}

describe('rolling reloads under keep-alive load drop nothing, reset nothing and force no reconnect', () => {
  test('node:http, 10 reloads and 100,000 requests', () => reloadUnderLoad('http.js', 10, 9_500), 240_000);

  // Most of their time they wait for slow answers: together they take as long as one.
  test.concurrent.for([
    ['Express 5', 'express.js'],
    ['Fastify 5', 'fastify.js'],
    ['Koa 3', 'koa.js'],
  ] as const)('%s', ([, fixture], context) => reloadUnderLoad(fixture, 2, 2_000, context));
});
