// The load generator must be right about servers that behave, and must notice each way of misbehaving.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeFixtures, type Fixtures } from './fixtures.ts';
import { accepts, freePort } from './ports.ts';
import { startTraffic } from './traffic.ts';
import { checkPosts, rateOf, staleAnswers, summary, took } from './traffic-report.ts';
import { until } from './until.ts';

const QUICK = { keepAlive: 8, oneShot: 2, rest: 4 };

test.for(['http.js', 'express.js', 'fastify.js', 'koa.js', 'esm.mjs'])(
  '%s answers everything rightly',
  async (name) => {
    const { fixtures, work } = folder();
    const log = path.join(work, 'posts.log');
    const script = fixtures.copyFixture(name);
    fixtures.setVersion(script, 7);
    const { port, child } = await serve(script, { POST_LOG: log });
    const load = { port, ...QUICK, slow: 2, slowMs: 300, stream: 2, streamMs: 400, chunks: 8 };
    const traffic = await startTraffic(load);
    await traffic.reached(400);
    const report = await traffic.stop();

    expect(report.failed, summary(report)).toEqual([]);
    expect(report).toMatchObject({ failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] });
    expect(report.sockets['keep-alive']).toBe(8);
    expect([...report.byVersion.keys()]).toEqual([7]);
    expect([...report.byPid.keys()]).toEqual([child.pid]);
    expect(new Set(report.answers.map(({ kind }) => kind)).size).toBe(4);
    expect(checkPosts(log, report)).toEqual({ missing: [], twice: [], unanswered: [] });
    expect(report.answers.filter(({ kind }) => kind === 'slow').every((one) => took(one) >= 295)).toBe(true);
    expect(staleAnswers(report, report.startedAt, 7)).toEqual([]);
    expect(staleAnswers(report, 0, 8).length).toBe(report.answers.length);
    expect(rateOf(report, report.startedAt, Date.now())).toBeGreaterThan(1);
  },
);

test("the server's own keep-alive expiry is not a forced reconnect", async () => {
  const { fixtures } = folder();
  const { port } = await serve(fixtures.copyFixture('keep-alive-short.js'));
  const traffic = await startTraffic({ port, keepAlive: 16, maxIdle: 2_000, longShare: 0.2 });
  await until(() => traffic.requests > 50, { within: 5_000 });
  await traffic.more(60);
  const report = await traffic.stop();

  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  expect(report.ends.expired).toBeGreaterThan(0);
});

test('a server that is killed under load: its connections count as broken', async () => {
  const { fixtures } = folder();
  const script = fixtures.copyFixture('http.js');
  const { port, child } = await serve(script);
  const traffic = await startTraffic({ port, ...QUICK, slow: 2, slowMs: 1_000, stream: 2, streamMs: 1_000 });
  await traffic.reached(200);
  child.kill('SIGKILL');
  await until(() => traffic.failures > 0);
  await serve(script, {}, port);
  await traffic.more(200);
  const report = await traffic.stop();

  const reasons = new Set(report.failed.map(({ kind }) => kind));
  expect(reasons).toContain('slow');
  expect(reasons).toContain('stream');
  expect(report.ends.early + report.ends.broken + report.ends.reset, summary(report)).toBe(10);
  expect(report.byPid.size).toBe(2);
});

test.for([
  ['a wrong number', 'n: n === 20 ? 19 : n', /answer of request \d+ instead of/],
  ['a count given twice', 'count: count === 30 ? 29 : count', /^$/],
  ['another body', "hash: 'none'", /received another body/],
] as const)('%s is noticed', async ([, change, reason]) => {
  const source = `
    const { answer } = require('./http/shared/answer.js');
    const { buffer } = require('node:stream/consumers');
    let last = 0;
    require('node:http').createServer(async (request, response) => {
      const right = answer(request.method, request.url, await buffer(request));
      const { n: number, count } = right;
      const n = count % 50 === 0 ? 20 : number;
      response.end(JSON.stringify({ ...right, ...{ ${change.replace('n === 20', 'n === 20 && n !== number')} } }));
    }).listen(process.env.PORT)`;
  const report = await loadOn(source);
  if (reason.source === '^$') expect(report.duplicates.length, summary(report)).toBe(1);
  else expect(report.failed.filter((one) => reason.test(one.reason)).length, summary(report)).toBeGreaterThan(0);
});

test.for([
  ['a body that is cut', 'socket.write(head(100) + "{"); socket.end()', /closed after 1 of 100 bytes of the body/],
  [
    'a reset in the middle',
    'socket.write(head(100)); setTimeout(() => socket.resetAndDestroy(), 5)',
    /reset \(ECONNRESET\) after 0 of/,
  ],
  ['an end without an answer', 'socket.end()', /closed before any byte/],
  ['an answer with more than its length', 'socket.write(head(2) + "{}{}")', /more than the response/],
  [
    'a chunked body without an end',
    'socket.write(CHUNKED + "2\\r\\n{}\\r\\n"); socket.end()',
    /closed after \d+ bytes of the body/,
  ],
  ['something that is not HTTP', 'socket.write("hello\\r\\n\\r\\n")', /not a status line/],
  ['silence', '', /no complete response within/],
  ['an error status', 'socket.write("HTTP/1.1 502 Bad\\r\\ncontent-length: 0\\r\\n\\r\\n")', /status 502/],
] as const)('%s is noticed', async ([, reaction, reason]) => {
  const source = `
    const head = (length) => 'HTTP/1.1 200 OK\\r\\ncontent-length: ' + length + '\\r\\n\\r\\n';
    const CHUNKED = 'HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n';
    require('node:net').createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => { ${reaction} });
    }).listen(process.env.PORT)`;
  const report = await loadOn(source, { keepAlive: 2, oneShot: 0, timeout: 300, postShare: 0 }, 2);
  expect(report.failures).toBeGreaterThan(0);
  expect(
    report.failed.every((one) => reason.test(one.reason)),
    summary(report),
  ).toBe(true);
});

test('idle connections that are closed early, reset, or told to close are forced reconnects', async () => {
  const source = `
    const { handler } = require('./http/shared/answer.js');
    let round = 0;
    require('node:http').createServer((request, response) => {
      round += 1;
      if (round % 3 === 0) response.setHeader('connection', 'close');
      const { socket } = request;
      const end = () => socket.destroyed || (round % 3 === 1 ? socket.end() : socket.resetAndDestroy());
      response.once('close', () => setTimeout(end, 10));
      void handler(request, response);
    }).listen(process.env.PORT)`;
  const report = await loadOn(source, { keepAlive: 4, oneShot: 0, rest: 400, postShare: 0, splitShare: 0 }, 120);
  expect(report.ends.announced, summary(report)).toBeGreaterThan(0);
  expect(report.ends.early, summary(report)).toBeGreaterThan(0);
  expect(report.ends.reset, summary(report)).toBeGreaterThan(0);
  expect(report.ends.expired, summary(report)).toBe(0);
  expect(report.resets).toBeGreaterThan(0);
});

test('a closed port is reported', async () => {
  const traffic = await startTraffic({ port: await freePort(), ...QUICK });
  await until(() => traffic.failures > 4);
  const report = await traffic.stop();
  expect(
    report.failed.every(({ reason }) => reason.includes('ECONNREFUSED')),
    summary(report),
  ).toBe(true);
});

async function loadOn(source: string, options: object = QUICK, requests = 200) {
  const { fixtures } = folder();
  fixtures.copyFixture('http.js');
  const { port } = await serve(fixtures.writeApp(source));
  const traffic = await startTraffic({ port, ...options });
  await until(() => traffic.requests >= requests || traffic.failures >= requests, { message: 'requests' });
  return traffic.stop();
}

function folder(): { fixtures: Fixtures; work: string } {
  const work = mkdtempSync('/tmp/zdm-load-');
  onTestFinished(() => rmSync(work, { recursive: true, force: true }));
  return { fixtures: makeFixtures(path.join(work, 'apps')), work };
}

async function serve(
  script: string,
  more: object = {},
  wanted?: number,
): Promise<{ port: number; child: ChildProcess }> {
  const port = wanted ?? (await freePort());
  const env = { ...process.env, PORT: `${port}`, ...more };
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await until(() => accepts(port), { message: `${script} listens` });
  return { port, child };
}
