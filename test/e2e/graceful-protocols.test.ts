// Promise: at an exit with zdm/graceful each kind of connection ends in its own protocol's way, and none holds the process up
// without a reason.
import { createRequire } from 'node:module';
import http2, { type ClientHttp2Session } from 'node:http2';
import http from 'node:http';
import https from 'node:https';
import { connect as connectTls } from 'node:tls';
import { io } from 'socket.io-client';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { follow, get, joinPort } from '../daemon/connections/raw-client.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { startExitApp } from '../helpers/exit-app.ts';
import { ask } from '../helpers/http.ts';
import { inTime, onceEvent, until } from '../helpers/until.ts';

async function certificate(): Promise<{ KEY: string; CERT: string }> {
  const { key, cert } = await makeCertificate();
  return { KEY: key, CERT: cert };
}

test('https: answers under way finish, idle connections may ask once more, half a head is waited for', async () => {
  const { port, process: app } = await startExitApp('https.mjs', { keepAliveInterval: 400 }, await certificate());
  const join = () => follow(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }), 'secureConnect');
  const [busy, used, half, silent] = await Promise.all([join(), join(), join(), join()]);
  busy.send(get('/slow?ms=600&n=1'));
  used.send(get('/?n=2'));
  await used.gets('"n":2');
  half.send(get('/?n=4').slice(0, 10));
  await new Promise<void>((resolve, reject) => {
    https
      .get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }, (response) => {
        response.resume().once('end', resolve);
      })
      .once('error', reject);
  });
  app.kill();
  await app.waitFor('no longer accepting');
  used.send(get('/?n=3'));
  await used.gets('"n":3');
  await until(() => silent.ended, { message: 'the silent one is closed' });
  expect(half.ended).toBeNull();
  half.send(get('/?n=4').slice(10));
  await Promise.all([busy.gets('"n":1'), half.gets('"n":4')]);
  expect(await app.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('callback 0') });
  await until(() => [busy, used, half, silent].every(({ ended }) => ended));
  expect([busy, used, half, silent].map(({ ended }) => ended)).toEqual(['end', 'end', 'end', 'end']);
});

function request(session: ClientHttp2Session, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path });
    let text = '';
    let status = 0;
    stream.once('response', (headers) => (status = Number(headers[':status'])));
    stream.on('data', (part) => (text += String(part))).once('error', reject);
    stream.once('close', () => resolve({ status, text }));
    stream.end();
  });
}

test.each([
  ['h2c', false],
  ['h2', true],
])('%s: open streams finish, one that comes with the notice is answered, then the session ends', async (_, secure) => {
  const env = secure ? await certificate() : {};
  const { port, process: app } = await startExitApp('http2.js', {}, env);
  const session = http2.connect(`${secure ? 'https' : 'http'}://127.0.0.1:${port}`, { rejectUnauthorized: false });
  onTestFinished(() => session.destroy());
  session.on('error', () => undefined);
  expect(await request(session, '/?n=1')).toMatchObject({ status: 200 });
  const slow = request(session, '/slow?ms=700&n=2');
  await request(session, '/?n=3');
  const goaway = onceEvent(session, 'goaway');
  app.kill();
  expect((await goaway)[0]).toBe(0);
  const { status, text } = await slow;
  expect({ status, text }).toEqual({ status: 200, text: expect.stringContaining('"n":2') });
  expect(await app.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('callback 0') });
});

test('WebSockets are closed with 1001; no new one is begun', async () => {
  const { port, process: app } = await startExitApp('websocket.mjs');
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await onceEvent(socket, 'open');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const send = (headers: http.OutgoingHttpHeaders): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const sent = http.get({ port, host: '127.0.0.1', agent, headers }, (response) => {
        response.resume().once('end', () => resolve(response));
      });
      sent.once('error', reject).once('upgrade', () => reject(new Error('upgraded')));
    });
  await send({});
  const closed = onceEvent(socket, 'close');
  app.kill();
  expect((await closed)[0]).toBe(1001);
  const wish = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'a'.repeat(22) + '==',
    'Sec-WebSocket-Version': '13',
  };
  const refused = await send(wish);
  expect(refused).toMatchObject({ statusCode: 502, headers: { connection: 'close' } });
  expect(await app.ended()).toMatchObject({ code: 0 });
});

test('a WebSocket that never answers is cut when the time is over, with exit code 1', async () => {
  const { port, process: app } = await startExitApp('websocket.mjs', { suicideTimeout: 500 });
  const client = await joinPort(port);
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
  client.send(get('/', `Connection: Upgrade\r\nUpgrade: websocket\r\n${key}`));
  await client.gets('101 Switching');
  app.kill();
  expect(await app.ended()).toMatchObject({ code: 1, stdout: expect.stringContaining('callback 1') });
});

test('an event stream has no end and is not waited for; an answer beside it is', async () => {
  const { port, process: app } = await startExitApp('events.js');
  const [stream, busy] = [await joinPort(port), await joinPort(port)];
  stream.send(get('/events'));
  busy.send(get('/slow?ms=600&n=1'));
  await stream.gets('data: 3');
  const signalled = performance.now();
  app.kill();
  await busy.gets('"n":1');
  expect(stream.ended).toBeNull();
  expect(await app.ended()).toMatchObject({ code: 0, stderr: '' });
  expect(performance.now() - signalled).toBeLessThan(5_000);
  await until(() => stream.ended);
  expect(stream.ended).toBe('end');
});

const require = createRequire(import.meta.url);

test.each([2, 3, 4].flatMap((version) => ['websocket', 'polling'].map((transport) => [version, transport] as const)))(
  'socket.io %i: clients over %s lose their transport, and connect again',
  async (version, transport) => {
    const { port, process: app } = await startExitApp('socket-io.js', {}, { SOCKET_IO: `${version}` });
    // Version 2 speaks a protocol of its own; it has no types.
    const connect = version === 2 ? (require('socket.io-client-2') as typeof io) : io;
    const client = connect(`http://127.0.0.1:${port}`, { transports: [transport], reconnectionDelay: 10 });
    onTestFinished(() => void client.close());
    await onceEvent(client, 'connect');
    const reason = onceEvent(client, 'disconnect');
    const again = onceEvent(client.io, 'reconnect_attempt');
    app.kill();
    expect((await reason)[0]).toMatch(/^transport (close|error)$/);
    await again;
    expect(await app.ended()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/disconnecting 1 socket\.io clients/),
    });
  },
);

test('socket.io: an answer under way beside it is given, and an idle connection may ask once more', async () => {
  const { port, process: app } = await startExitApp('socket-io.js');
  const client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false });
  onTestFinished(() => void client.close());
  await onceEvent(client, 'connect');
  const answer = ask(port, '/slow?ms=500&n=5');
  const idle = await joinPort(port);
  idle.send(get('/?n=6'));
  await idle.gets('"n":6');
  app.kill();
  await app.waitFor('no longer accepting');
  idle.send(get('/?n=7'));
  await idle.gets('"n":7');
  expect((await inTime(answer, 5_000, 'the answer')).text).toContain('"n":5');
  expect(await app.ended()).toMatchObject({ code: 0 });
});
