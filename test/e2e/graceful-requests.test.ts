// Promise: a server with zdm/graceful that gets its signal takes no more connections, and drops no request of those it has: what
// is under way finishes, the next request of a connection is its last one, and nobody is closed while he may still send.
import http from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { follow, get, joinPort, post, type RawClient } from '../daemon/connections/raw-client.ts';
import { startExitApp } from '../helpers/exit-app.ts';
import { ask } from '../helpers/http.ts';
import { accepts } from '../helpers/ports.ts';
import { inTime, until } from '../helpers/until.ts';

const FORMS = ['http.js', 'http.mjs'];

/** The heads and bodies of what came so far. */
function answers({ text }: RawClient): { status: number; head: string }[] {
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter(Boolean)
    .map((one) => ({ status: Number(one.slice(9, 12)), head: one.slice(0, one.indexOf('\r\n\r\n')) }));
}

/** A connection that has had an answer, and is kept. */
async function keepAlive(port: number): Promise<RawClient> {
  const client = await joinPort(port);
  client.send(get('/?n=1'));
  await client.gets('"n":1');
  expect(answers(client)[0]!.head).toMatch(/connection: keep-alive/i);
  return client;
}

const ended = (client: RawClient): Promise<unknown> => until(() => client.ended, { message: 'the connection ends' });

describe.each(FORMS)('%s', (form) => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: an answer under way is given whole, then exit code 0',
    async (signal) => {
      const { port, process: app } = await startExitApp(form);
      const client = await joinPort(port);
      client.send(get('/slow?ms=700&n=7'));
      const quick = await keepAlive(port);
      app.kill(signal);
      await app.waitFor('no longer accepting');
      expect(await accepts(port)).toBe(false);
      quick.send(get('/?n=8'));
      await quick.gets('"n":8');
      await client.gets('"n":7');
      await Promise.all([client, quick].map(ended));
      expect([client.ended, quick.ended]).toEqual(['end', 'end']);
      for (const { head } of [answers(client)[0]!, answers(quick)[1]!]) expect(head).toMatch(/connection: close/i);
      expect(await app.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('callback 0') });
    },
  );

  test('an idle connection is closed after keepAliveInterval, in order and not before', async () => {
    const { port, process: app } = await startExitApp(form, { keepAliveInterval: 600 });
    const [used, silent] = [await keepAlive(port), await joinPort(port)];
    const signalled = performance.now();
    app.kill();
    await Promise.all([used, silent].map(ended));
    expect(performance.now() - signalled).toBeGreaterThanOrEqual(600);
    expect([used.ended, silent.ended]).toEqual(['end', 'end']);
    expect(await app.ended()).toMatchObject({ code: 0 });
    expect(performance.now() - signalled).toBeLessThan(4_000);
  });

  test('without anything open it ends at once', async () => {
    const { process: app } = await startExitApp(form);
    const signalled = performance.now();
    app.kill();
    expect(await app.ended()).toMatchObject({ code: 0 });
    expect(performance.now() - signalled).toBeLessThan(2_000);
  });
});

test('exitSignal: only those named are listened for', async () => {
  const { process: app } = await startExitApp('http.js', { exitSignal: 'SIGUSR2' });
  app.kill('SIGUSR2');
  expect(await app.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('callback 0') });
  const other = await startExitApp('http.js', { exitSignal: ['SIGUSR2', 'SIGHUP'] });
  other.process.kill('SIGTERM');
  expect(await other.process.ended()).toMatchObject({ signal: 'SIGTERM', stdout: '' });
});

describe('a connection that asks once more', () => {
  test('performLastRequest: the first is answered, one behind it is not done', async () => {
    const { port, process: app } = await startExitApp('http.js');
    const client = await keepAlive(port);
    app.kill();
    await app.waitFor('no longer accepting');
    client.send(get('/?n=2') + get('/?n=3'));
    await ended(client);
    expect(answers(client).map(({ status }) => status)).toEqual([200, 200]);
    expect(client.text).toMatch(/"n":2.*"count":3/);
    expect(await app.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('/?n=3 refused') });
  });

  test('performLastRequest: false refuses it with 502', async () => {
    const { port, process: app } = await startExitApp('http.js', { performLastRequest: false });
    const client = await keepAlive(port);
    app.kill();
    await app.waitFor('no longer accepting');
    client.send(get('/?n=2'));
    await ended(client);
    expect(client.ended).toBe('end');
    const [, { status, head }] = answers(client) as [unknown, { status: number; head: string }];
    expect({ status, head }).toEqual({ status: 502, head: expect.stringMatching(/connection: close/i) });
    expect(client.text).toMatch(/Server unavailable, no new requests accepted during shutdown$/);
    expect(await app.ended()).toMatchObject({ code: 0 });
  });

  test('a refused upload is read to its end before its answer, which the end of the connection could overtake', async () => {
    const { port, process: app } = await startExitApp('http.js', { performLastRequest: false });
    const [client, slow] = [await keepAlive(port), await joinPort(port)];
    slow.send(get('/slow?ms=500&n=3'));
    await ask(port);
    app.kill();
    await app.waitFor('no longer accepting');
    const whole = post('/?n=2', 'x'.repeat(4_000_000));
    client.send(whole.slice(0, -10));
    await slow.gets('"n":3');
    expect(answers(client)).toHaveLength(1);
    client.send(whole.slice(-10));
    await ended(client);
    expect(client.ended).toBe('end');
    expect(answers(client).map(({ status }) => status)).toEqual([200, 502]);
  });

  test('errorDuringExit: false as well: it is dropped without an answer, and not done', async () => {
    const { port, process: app } = await startExitApp('http.js', { performLastRequest: false, errorDuringExit: false });
    const client = await keepAlive(port);
    app.kill();
    await app.waitFor('no longer accepting');
    client.send(get('/?n=2'));
    await ended(client);
    expect(answers(client)).toHaveLength(1);
    expect(await app.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('/?n=2 dropped') });
  });

  test('one that the app answers with keep-alive all the same is refused the next time', async () => {
    const { port, process: app } = await startExitApp('http.js', { keepAliveInterval: 300 });
    const client = await joinPort(port);
    // Its head is on its way with keep-alive when the signal comes.
    client.send(get('/stream?ms=600&chunks=3&n=4'));
    await client.gets('1/3');
    app.kill();
    await client.gets('"n":4');
    client.send(get('/?n=5'));
    await client.gets('"n":5');
    await ended(client);
    expect(answers(client).map(({ head }) => /connection: (\S+)/i.exec(head)?.[1])).toEqual(['keep-alive', 'close']);
    expect(await app.ended()).toMatchObject({ code: 0 });
  });
});

test('a request that crosses the end of its idle connection is not done', async () => {
  const { port, process: app } = await startExitApp('http.js', { keepAliveInterval: 0 });
  const busy = await joinPort(port);
  busy.send(get('/slow?ms=800&n=1'));
  const client = await follow(connect({ port, host: '127.0.0.1', allowHalfOpen: true }), 'connect');
  client.send(get('/?n=2'));
  await client.gets('"n":2');
  app.kill();
  await ended(client);
  expect(client.ended).toBe('end');
  client.send(get('/?n=3'));
  await busy.gets('"n":1');
  // The first of them was asked for by the helper that waits for the program.
  expect(busy.text).toContain('"count":3');
  expect(await app.ended()).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('/?n=3 dropped') });
});

test('pipelined requests that had come before the signal are all answered', async () => {
  const { port, process: app } = await startExitApp('http.js');
  const client = await joinPort(port);
  client.send(get('/slow?ms=500&n=1') + get('/slow?ms=600&n=2') + get('/slow?ms=700&n=3'));
  // All have been read when another connection, which came later, is answered.
  await ask(port);
  app.kill();
  await ended(client);
  expect(client.text.match(/"n":\d/g)).toEqual(['"n":1', '"n":2', '"n":3']);
  expect(answers(client).map(({ head }) => /connection: (\S+)/i.exec(head)?.[1])).toEqual([
    'keep-alive',
    'keep-alive',
    'close',
  ]);
  expect(await app.ended()).toMatchObject({ code: 0 });
});

test('an upload under way is read to its end and answered', async () => {
  const { port, process: app } = await startExitApp('http.js');
  const client = await joinPort(port);
  const whole = post('/?n=6', 'x'.repeat(1_000));
  client.send(whole.slice(0, -500));
  await ask(port);
  app.kill();
  await app.waitFor('no longer accepting');
  client.send(whole.slice(-500));
  await ended(client);
  expect(client.text).toMatch(/"n":6.*"length":1000/);
  expect(await app.ended()).toMatchObject({ code: 0 });
});

test('a request that waits for a blocked process is read before its connection is found idle for too long', async () => {
  const { port, process: app } = await startExitApp('blocks.js', { keepAliveInterval: 300 });
  const [waiting, blocking] = [await keepAlive(port), await keepAlive(port)];
  app.kill();
  await app.waitFor('no longer accepting');
  blocking.send(get('/block?ms=900'));
  await app.waitFor('blocked');
  waiting.send(get('/?n=2'));
  await waiting.gets('"n":2');
  await ended(waiting);
  expect(await app.ended()).toMatchObject({ code: 0 });
});

test('what waits in the kernel when the exit begins is accepted and served', async () => {
  const { port, process: app } = await startExitApp('blocks.js');
  const exiting = await joinPort(port);
  exiting.send(get('/block?ms=1000&exit=1'));
  await app.waitFor('blocked');
  const clients = await Promise.all(Array.from({ length: 60 }, () => joinPort(port)));
  for (const [index, client] of clients.entries()) client.send(get(`/?n=${index}`));
  await Promise.all(clients.map(ended));
  for (const [index, client] of clients.entries()) {
    expect(client.ended).toBe('end');
    expect(client.text).toContain(`"n":${index},`);
  }
  expect(await app.ended()).toMatchObject({ code: 0 });
});

test('64 clients that keep their connection and never retry: no request fails in 5 exits under load', async () => {
  let total = 0;
  for (let round = 1; round <= 5; round += 1) {
    const { port, process: app } = await startExitApp(FORMS[round % 2]!);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    let answered = 0;
    const client = async (): Promise<void> => {
      for (;;) {
        const closes = await exchange(port, agent, answered % 3 === 0);
        answered += 1;
        if (closes) return;
      }
    };
    const clients = Promise.all(Array.from({ length: 64 }, client));
    await Promise.race([until(() => answered > 500, { within: 30_000, message: 'load runs' }), clients]);
    app.kill();
    await inTime(clients, 10_000, 'each client is told to close');
    agent.destroy();
    expect(await app.ended()).toMatchObject({ code: 0 });
    total += answered;
  }
  console.log(`${total} requests in 5 exits, each answered`);
});

/** One request on a connection of the agent; whether its answer closes the connection. */
function exchange(port: number, agent: http.Agent, isPost: boolean): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', agent, method: isPost ? 'POST' : 'GET', path: '/?n=1' });
    request.once('error', reject).once('response', (response) => {
      response.resume().once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(response.headers.connection === 'close');
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    request.end(isPost ? 'x'.repeat(2_000) : undefined);
  });
}
