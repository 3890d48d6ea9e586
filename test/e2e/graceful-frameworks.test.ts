// Promise: what zdm/graceful does to a server it does to one of Express, Koa and Fastify, where refused requests go to the app's
// own error handlers; and everything that express-graceful-exit could do.
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { follow, get, joinPort, type RawClient } from '../daemon/connections/raw-client.ts';
import { startExitApp, type ExitApp } from '../helpers/exit-app.ts';
import { accepts } from '../helpers/ports.ts';
import { until } from '../helpers/until.ts';

async function keepAlive({ port }: ExitApp): Promise<RawClient> {
  const client = await joinPort(port);
  client.send(get('/?n=1'));
  await client.gets('"n":1');
  return client;
}

/** The last answer of an ended connection. */
async function lastAnswer(client: RawClient): Promise<string> {
  await until(() => client.ended, { message: () => `the connection ends; so far: ${client.text}` });
  expect(client.ended).toBe('end');
  return client.text.slice(client.text.lastIndexOf('HTTP/1.1 '));
}

describe.each(['express.js', 'express.mjs', 'koa.mjs', 'fastify.js'])('%s', (form) => {
  test('an answer under way finishes, the next request of a connection is its last one, exit code 0', async () => {
    const app = await startExitApp(form);
    const [busy, idle] = [await joinPort(app.port), await keepAlive(app)];
    busy.send(get('/slow?ms=600&n=2'));
    idle.send(get('/?n=3'));
    await idle.gets('"n":3');
    app.process.kill();
    await app.process.waitFor('no longer accepting');
    expect(await accepts(app.port)).toBe(false);
    idle.send(get('/?n=4'));
    expect(await lastAnswer(idle)).toMatch(/^HTTP\/1\.1 200 [^]*connection: close[^]*"n":4/i);
    expect(await lastAnswer(busy)).toMatch(/^HTTP\/1\.1 200 [^]*connection: close[^]*"n":2/i);
    expect(await app.process.ended()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/(onClose\n)?callback 0\n/),
    });
  });
});

test.each([
  ['express.js', 'app says: Server unavailable, no new requests accepted during shutdown'],
  ['express.mjs', 'Server unavailable, no new requests accepted during shutdown'],
  ['koa.mjs', 'Server unavailable, no new requests accepted during shutdown'],
  ['fastify.js', 'app says: Server unavailable, no new requests accepted during shutdown'],
])('%s: performLastRequest: false refuses with 502, in the words of the app', async (form, words) => {
  const app = await startExitApp(form, { performLastRequest: false });
  const client = await keepAlive(app);
  app.process.kill();
  await app.process.waitFor('no longer accepting');
  client.send(get('/?n=2'));
  const answer = await lastAnswer(client);
  expect(answer).toMatch(/^HTTP\/1\.1 502 [^]*connection: close/i);
  expect(answer.endsWith(`\r\n\r\n${words}`), answer).toBe(true);
  const { code, stderr } = await app.process.ended();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('getRejectionError: the error of a refusal, with a status of its own', async () => {
  const app = await startExitApp('express.js', { performLastRequest: false }, { REASON: 'moving house' });
  const client = await keepAlive(app);
  app.process.kill();
  await app.process.waitFor('no longer accepting');
  client.send(get('/?n=2'));
  expect(await lastAnswer(client)).toMatch(/^HTTP\/1\.1 503 [^]*app says: moving house$/);
  expect(await app.process.ended()).toMatchObject({ code: 0 });
});

test('gracefulExitHandler begins the exit when it is called', async () => {
  const app = await startExitApp('express.js', { keepAliveInterval: 100 }, { EXIT_BY: 'handler' });
  const client = await joinPort(app.port);
  client.send(get('/slow?ms=500&n=2'));
  await keepAlive(app);
  app.process.kill('SIGUSR2');
  expect(await lastAnswer(client)).toMatch(/"n":2/);
  expect(await app.process.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('callback 0') });
});

test('Fastify: app.close() runs after the last answer and before the callback, on each address of localhost', async () => {
  const app = await startExitApp('fastify.js', { keepAliveInterval: 100 });
  const clients = await Promise.all(
    ['127.0.0.1', '127.0.0.2'].map((address) => follow(connect(app.port, address), 'connect')),
  );
  for (const client of clients) client.send(get('/slow?ms=700&n=2'));
  await keepAlive(app);
  app.process.kill();
  for (const client of clients) expect(await lastAnswer(client)).toMatch(/connection: close[^]*"n":2/i);
  const { code, stdout } = await app.process.ended();
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/all is done\nonClose\ncallback 0\n$/) });
});
