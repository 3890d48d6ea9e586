// Questions to real workers, over connections that nobody else gets.
import { describe, expect, test } from 'vitest';
import { probe, type Answer } from '../../../daemon/master/probe.ts';
import type { AppSpec } from '../../../daemon/protocol/model.ts';
import { makeCertificate } from '../../helpers/certificate.ts';
import { ask } from '../../helpers/http.ts';
import { until } from '../../helpers/until.ts';
import { listens, smallMaster } from './small-master.ts';

const QUESTION = { path: '/healthz', headers: { 'X-Token': 'abc', Host: 'app.example' }, timeout: 5_000 };

/** Prints what it sees of a question. */
const SEEN = `(request, response) => {
  const { headers, url, httpVersion, socket } = request;
  const host = headers.host || headers[':authority'];
  const seen = { url, host, agent: headers['user-agent'], token: headers['x-token'], httpVersion };
  console.log(JSON.stringify({ ...seen, connection: headers.connection, from: socket.remoteAddress }));
  response.end('seen');
}`;

/** Without an address of the client: as any client of a unix socket is seen. */
const ONCE = { httpVersion: '1.1', connection: 'close' };
const KEYS = '{ key: process.env.KEY, cert: process.env.CERT }';

describe('a worker that nobody else reaches yet is asked', () => {
  test.each<[string, string, object, Partial<AppSpec>?]>([
    ['HTTP', `require('http').createServer(${SEEN}).listen(0)`, { ...ONCE, from: '127.0.0.1' }],
    ['HTTPS', `require('https').createServer(${KEYS}, ${SEEN}).listen(0)`, { ...ONCE, from: '127.0.0.1' }],
    [
      'HTTP/2 or HTTP/1.1 over TLS',
      `require('http2').createSecureServer({ ...${KEYS}, allowHTTP1: true }, ${SEEN}).listen(0)`,
      { httpVersion: '2.0', from: '127.0.0.1' },
    ],
    [
      'HTTP/2 over TLS',
      `require('http2').createSecureServer(${KEYS}, ${SEEN}).listen(0)`,
      { httpVersion: '2.0', from: '127.0.0.1' },
    ],
    [
      'HTTP/2 in clear text',
      `require('http2').createServer(${SEEN}).listen(0)`,
      { httpVersion: '2.0', from: '127.0.0.1' },
    ],
    ['HTTP on a unix socket', `require('http').createServer(${SEEN}).listen('app.sock')`, ONCE],
    ['HTTPS on a unix socket', `require('https').createServer(${KEYS}, ${SEEN}).listen('app.sock')`, ONCE],
    [
      'HTTP on a slot of its own',
      `require('http').createServer(${SEEN}).listen(0)`,
      { ...ONCE, from: '127.0.0.1' },
      { balance: 'kernel' },
    ],
  ])('in %s', async (_, code, seen, change) => {
    const { key, cert } = await makeCertificate();
    const master = await smallMaster({ KEY: key, CERT: cert });
    const worker = master.fork(`process.chdir(${JSON.stringify(master.folder)});${code}`, change);
    const [place] = await listens(worker);
    expect(await probe(worker, place!, QUESTION)).toEqual({ ok: true, status: 200 });
    await until(() => master.output.includes('\n'), { message: () => master.output });
    const expected = { url: '/healthz', host: 'app.example', agent: 'zdm-health', token: 'abc', ...seen };
    expect(JSON.parse(master.output)).toEqual(expected);
  });
});

const HANDLER = `
require('http').createServer((request, response) => {
  const { url, socket } = request;
  if (url === '/quiet') return console.log('quiet');
  if (url === '/closes') return socket.destroy();
  if (url === '/resets') return socket.resetAndDestroy();
  if (url === '/half') return response.writeHead(200, { 'content-length': 9 }).write('half'), setTimeout(() => socket.destroy(), 20);
  if (url === '/exits') process.exit(1);
  if (url === '/blocks') for (;;);
  if (url === '/garbage') return socket.end('hello\\n');
  response.statusCode = Number(url.slice(1)) || 200;
  response.end('x'.repeat(100_000));
}).listen(0);
`;

describe('the answer', () => {
  test.each<[string, Answer]>([
    ['/200', { ok: true, status: 200 }],
    ['/500', { ok: true, status: 500 }],
    ['/302', { ok: true, status: 302 }],
    ['/quiet', bad('GET /quiet did not answer within 600ms')],
    ['/blocks', bad('GET /blocks did not answer within 600ms')],
    ['/closes', bad('GET /closes: connection closed without an answer')],
    ['/exits', bad('GET /exits: connection closed without an answer')],
    ['/resets', bad('GET /resets: connection reset')],
    ['/half', bad('GET /half: the connection was closed in the middle of the answer')],
    ['/garbage', bad('GET /garbage: the answer is not HTTP')],
    ['/no path', bad('GET /no path: Request path contains unescaped characters')],
  ])('to %s', async (path, expected) => {
    const master = await smallMaster();
    const worker = master.fork(HANDLER);
    const [place] = await listens(worker);
    expect(
      await probe(worker, place!, { path, headers: {}, timeout: path.length > 5 || path === '/quiet' ? 600 : 5_000 }),
    ).toEqual(expected);
  });

  test('is none where nobody listens, and when the question is called off', async () => {
    const master = await smallMaster();
    const worker = master.fork(HANDLER);
    const [place] = await listens(worker);
    expect(await probe(worker, ':1:0', QUESTION)).toEqual(bad('GET /healthz: nobody listens there any more'));
    const course = new AbortController();
    const asked = probe(worker, place!, { ...QUESTION, path: '/quiet' }, course.signal);
    course.abort();
    expect(await asked).toMatchObject({ ok: false, unasked: true });
    worker.process.kill('SIGKILL');
    await until(() => !worker.isLinked);
    expect(await probe(worker, place!, QUESTION)).toMatchObject({ ok: false });
  });
});

test('questions count nowhere, the requests of clients do', async () => {
  const master = await smallMaster();
  const worker = master.fork(HANDLER);
  const [place] = await listens(worker);
  for (let turn = 0; turn < 5; turn += 1) await probe(worker, place!, { ...QUESTION, path: '/500' });
  master.admit(worker);
  await ask(master.port, '/200');
  await ask(master.port, '/503');
  await until(() => worker.answered.requests >= 2 && worker.load.requests >= 2 && worker.load.taken >= 2);
  expect(worker.answered).toMatchObject({ requests: 2, errors: 1 });
  expect(worker.answered.times.reduce((sum, count) => sum + count)).toBe(2);
  expect(worker.load).toMatchObject({ requests: 2, taken: 2 });
  await until(() => worker.load.open === 0);
});

test('a question that is under way counts as no client', async () => {
  const master = await smallMaster();
  const worker = master.fork(HANDLER);
  const [place] = await listens(worker);
  const course = new AbortController();
  const asked = probe(worker, place!, { ...QUESTION, path: '/quiet' }, course.signal);
  await until(() => master.output.includes('quiet'));
  worker.tell({ act: 'drain', move: true, within: 1_000, status: 1012 });
  await until(() => worker.load.draining);
  expect(worker.load).toMatchObject({ open: 0, busy: 0, had: 0 });
  course.abort();
  await asked;
});

test('a question that its worker did not take goes to nobody else', async () => {
  const master = await smallMaster();
  const [stopped, other] = [master.fork(HANDLER), master.fork(HANDLER)];
  const [place] = await listens(stopped);
  await listens(other);
  master.admit(other);
  stopped.process.kill('SIGSTOP');
  const question = { ...QUESTION, timeout: 1_500 };
  // It is late after a second: others would have it then.
  expect(await probe(stopped, place!, question)).toEqual(bad('GET /healthz did not answer within 1.5s'));
  expect(stopped.owesAnswer).toBe(true);
  expect(await probe(stopped, place!, { ...question, timeout: 50 })).toEqual(
    bad('GET /healthz did not answer within 50ms'),
  );
  expect(stopped.unanswered).toBe(1);
  stopped.process.kill('SIGKILL');
  await until(() => !master.handles.has(stopped.id));
  await ask(master.port, '/200');
  await until(() => other.answered.requests > 0);
  expect(other.answered.requests).toBe(1);
  expect(other.load.taken).toBe(1);
  expect(master.handOut.totals.handedOver).toBe(0);
});

test('a worker that was blocked is asked again when it turns', async () => {
  const master = await smallMaster();
  const worker = master.fork(HANDLER);
  const [place] = await listens(worker);
  worker.process.kill('SIGSTOP');
  expect(await probe(worker, place!, { ...QUESTION, timeout: 500 })).toMatchObject({ ok: false });
  worker.process.kill('SIGCONT');
  await until(() => !worker.owesAnswer);
  expect(await probe(worker, place!, { ...QUESTION, path: '/200' })).toEqual({ ok: true, status: 200 });
});

test('one question right after the other: the answer may come before the channel says that the worker has got it', async () => {
  const master = await smallMaster();
  const worker = master.fork(HANDLER);
  const [place] = await listens(worker);
  const question = { ...QUESTION, path: '/200', timeout: 1_000 };
  for (let round = 0; round < 200; round += 1)
    expect(await probe(worker, place!, question)).toEqual({ ok: true, status: 200 });
});

function bad(why: string): Answer {
  return { ok: false, why, unasked: false };
}
