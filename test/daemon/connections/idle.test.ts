// Which connections may be moved: exactly those that nothing is going on with.
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import type { HttpSocket } from '../../../daemon/connections/internals.ts';
import { idleSockets } from '../../../daemon/connections/move.ts';
import { canMove } from '../../../daemon/connections/self-test.ts';
import { until } from '../../helpers/until.ts';
import { get, join, listen, post, type RawClient } from './raw-client.ts';

interface Served {
  readonly server: Server;
  readonly client: RawClient;
  readonly sockets: Set<HttpSocket>;
  readonly idle: () => { fresh: boolean }[];
}

async function serve(answer: RequestListener): Promise<Served> {
  const sockets = new Set<HttpSocket>();
  const server = createServer(answer);
  server.on('connection', (socket: HttpSocket) => sockets.add(socket));
  await listen(server);
  const client = await join(server);
  await until(() => sockets.size === 1);
  return { server, client, sockets, idle: () => idleSockets(server, sockets).map(({ fresh }) => ({ fresh })) };
}

const IDLE = [{ fresh: false }];

test('connections can be moved on this Node', async () => {
  expect(await canMove()).toBe(true);
});

test('a fresh connection is idle', async () => {
  const { idle } = await serve((_request, response) => response.end());
  expect(idle()).toEqual([{ fresh: true }]);
});

test('a connection is busy from the first byte of a head to the last of its response', async () => {
  const responses: ServerResponse[] = [];
  const { client, idle, sockets } = await serve((_request, response) => responses.push(response));
  const [socket] = sockets;
  client.send('G');
  await until(() => socket!.bytesRead === 1);
  expect(idle()).toEqual([]);
  client.send(get('/a').slice(1, 20));
  await until(() => socket!.bytesRead === 20);
  expect(idle()).toEqual([]);
  client.send(get('/a').slice(20));
  await until(() => responses.length === 1);
  expect(idle()).toEqual([]);
  responses[0]!.write('half');
  await client.gets('half');
  expect(idle()).toEqual([]);
  responses[0]!.end('whole');
  await client.gets('whole');
  await until(() => idle().length === 1);
  expect(idle()).toEqual(IDLE);
});

test('a connection with the beginning of the next head is not idle', async () => {
  const { client, idle, sockets } = await serve((_request, response) => response.end('answer'));
  const [socket] = sockets;
  client.send(get('/a'));
  await client.gets('answer');
  await until(() => idle().length === 1);
  const before = socket!.bytesRead;
  client.send('GET /b HT');
  await until(() => socket!.bytesRead > before);
  expect(idle()).toEqual([]);
});

test('the beginning of the next head in one packet with a whole one is seen too', async () => {
  const { client, idle } = await serve((_request, response) => response.end('answer'));
  client.send(`${get('/a')}GET /b`);
  await client.gets('answer');
  await new Promise((resolve) => setImmediate(resolve));
  expect(idle()).toEqual([]);
  client.send(get('/b').slice('GET /b'.length));
  await until(() => client.text.split('answer').length === 3);
  await until(() => idle().length === 1);
});

test('a body that the app never reads keeps the connection busy until it is in', async () => {
  const { client, idle } = await serve((_request, response) => response.end('early'));
  client.send(post('/a', 'x'.repeat(100)).slice(0, -60));
  await client.gets('early');
  await new Promise((resolve) => setImmediate(resolve));
  expect(idle()).toEqual([]);
  client.send('x'.repeat(60));
  await until(() => idle().length === 1);
  expect(idle()).toEqual(IDLE);
});

test('pipelined requests are all answered before it is idle', async () => {
  const responses: ServerResponse[] = [];
  const { client, idle } = await serve((_request, response) => responses.push(response));
  client.send(get('/1') + get('/2') + get('/3'));
  await until(() => responses.length === 3);
  for (const [index, response] of responses.entries()) {
    expect(idle()).toEqual([]);
    response.end(`answer ${index}.`);
    await client.gets(`answer ${index}.`);
  }
  await until(() => idle().length === 1);
});

test('a response that the client does not take keeps it busy', async () => {
  const size = 20_000_000;
  const { client, idle } = await serve((_request, response) => response.end(Buffer.alloc(size, 'x')));
  client.socket.pause();
  client.send(get('/a'));
  await until(() => client.socket.bytesRead > 0 || client.socket.readableLength > 0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(idle()).toEqual([]);
  client.socket.resume();
  await until(() => client.text.length > size);
  await until(() => idle().length === 1);
});

test('bytes that were written past the responses keep it busy until they are taken', async () => {
  const { client, idle, sockets } = await serve((_request, response) => response.end('answer'));
  client.send(get('/a'));
  await client.gets('answer');
  await until(() => idle().length === 1);
  client.socket.pause();
  const size = 20_000_000;
  for (const socket of sockets) socket.write(Buffer.alloc(size, 'x'));
  expect(idle()).toEqual([]);
  client.socket.resume();
  await until(() => client.text.length > size);
  await until(() => idle().length === 1);
});

test('an upgraded connection is never idle', async () => {
  const { server, client, idle } = await serve((_request, response) => response.end());
  server.on('upgrade', (_request, socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'),
  );
  client.send(get('/a', 'Connection: Upgrade\r\nUpgrade: echo\r\n'));
  await client.gets('101');
  await new Promise((resolve) => setImmediate(resolve));
  expect(idle()).toEqual([]);
});

test('a connection that will close, and one that has closed, are not idle', async () => {
  const { client, idle, sockets } = await serve((_request, response) => response.end('answer'));
  client.send(get('/a', 'Connection: close\r\n'));
  await client.gets('answer');
  await until(() => [...sockets].every(({ destroyed }) => destroyed));
  expect(idle()).toEqual([]);
});

test('a connection that is being closed after its answer is not idle, though its parser is', async () => {
  let seen: { fresh: boolean }[] | undefined;
  const { client, idle } = await serve((_request, response) => {
    response.setHeader('Connection', 'close');
    // After node has taken the response off its socket, and before the socket is gone.
    response.once('finish', () => process.nextTick(() => (seen = idle())));
    response.end('bye');
  });
  client.send(get('/'));
  await until(() => seen !== undefined);
  expect(seen).toEqual([]);
});
