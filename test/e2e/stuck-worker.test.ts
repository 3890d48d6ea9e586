// Promise: a worker whose event loop is blocked gets no new connections, and what it had been sent but has not read is given to
// another one. Nothing is done twice when it wakes up.
import http from 'node:http';
import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { onceEvent, until } from '../helpers/until.ts';

const BLOCKED = 5_000;

interface Answer {
  readonly n: number;
  readonly pid: number;
  readonly took: number;
}

async function ask(port: number, n: number, sent: string = `/?n=${n}`): Promise<Answer> {
  const started = Date.now();
  const request = http.request({ port, host: '127.0.0.1', path: sent, method: 'POST', agent: false });
  request.end('body');
  const [response] = (await onceEvent(request, 'response', 20_000)) as [http.IncomingMessage];
  let text = '';
  for await (const part of response) text += String(part);
  return { ...(JSON.parse(text) as { n: number; pid: number }), took: Date.now() - started };
}

test('a blocked worker: others serve what it was sent, each request is executed once', async () => {
  const box = sandbox();
  const script = box.copyFixture('blocks.js', 'api');
  const port = await freePort();
  const log = path.join(box.work, 'posts.log');
  await box.ok(['start', script, '--name', 'api', '-i', '4'], { env: { PORT: `${port}`, POST_LOG: log } });
  const before = (await box.app('api')).workers;

  const blocked = ask(port, 0, `/block?ms=${BLOCKED}`);
  // What it took before that is its own: only connections that it has not got can go elsewhere.
  await until(() => box.logs().includes('blocked from now on'), { message: 'the worker is blocked' });
  const answers: Promise<Answer>[] = [];
  // The fewest connections win: in each round the blocked worker is a candidate until it holds two that it does not take.
  for (let n = 1; n <= 60; n += 1) answers.push(ask(port, n));
  const served = await Promise.all(answers);
  const slowest = Math.max(...served.map(({ took }) => took));
  expect(slowest).toBeLessThan(BLOCKED - 1_500);

  const { pid: stuck } = await blocked;
  expect(served.map((one) => one.pid)).not.toContain(stuck);
  expect(before.map(({ pid }) => pid)).toContain(stuck);
  // It is back, and takes its share again.
  await until(async () => (await ask(port, 100)).pid === stuck, { message: 'the blocked one serves again' });
  const executed = readFileSync(log, 'utf8').trim().split('\n').map(Number);
  const ours = executed.filter((n) => n > 0 && n <= 60).toSorted((a, b) => a - b);
  expect(ours).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  expect((await box.app('api')).workers.map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
});

test('a single blocked worker keeps its connections, and serves them when it can', async () => {
  const box = sandbox();
  const script = box.copyFixture('blocks.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '--name', 'api'], { env: { PORT: `${port}` } });
  const blocked = ask(port, 0, '/block?ms=2500');
  const served = await Promise.all([1, 2, 3, 4].map((n) => ask(port, n)));
  expect(served.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
  await blocked;
});
