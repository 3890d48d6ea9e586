// What is frozen with 0.2.0: a worker lives as long as its app, and any later master has to understand it, and be understood by it. A
// failure here is no test to be mended: the change breaks workers that run.
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Channel, type Sendable } from '../../../daemon/channel/channel.ts';
import { ipcPipeOf } from '../../../daemon/channel/pipes.ts';
import { onConnection, type ListenSocket } from '../../../daemon/connections/internals.ts';
import { layoutOf } from '../../../daemon/protocol/layout.ts';
import { onceEvent, until } from '../../helpers/until.ts';
import { get, joinPort } from '../connections/raw-client.ts';
import { listens, smallMaster } from '../master/small-master.ts';

type Message = Record<string, unknown> & { readonly act?: string };

const HELLO = ['act', 'draining', 'epoch', 'gives', 'identity', 'pid', 'places', 'protocol', 'received', 'saidReady'];
const IDENTITY = ['app', 'generation', 'id', 'mark', 'slot', 'socket'];
const PLACE = ['held', 'request', 'server', 'sockname'];
const REQUEST = ['address', 'backlog', 'flags', 'ipv6Only', 'key', 'kind', 'port', 'shared'];

const SERVER = `require('http').createServer((request, response) => response.end('<' + process.pid + '>')).listen(0);`;

/** Somebody who listens where workers look for a master, and knows nothing but what is frozen. */
async function stranger(socket: string): Promise<{ messages: Message[]; handles: Sendable[]; channel(): Channel }> {
  const server = createServer();
  const messages: Message[] = [];
  const handles: Sendable[] = [];
  let channel: Channel | undefined;
  server.listen(socket);
  await onceEvent(server, 'listening');
  onConnection((server as unknown as { _handle: ListenSocket })._handle, (accepted) => {
    channel = new Channel(ipcPipeOf(accepted), {
      message(message, handle) {
        messages.push(message as Message);
        if (handle) handles.push(handle);
      },
      ended: () => undefined,
    });
  });
  onTestFinished(() => {
    channel?.close();
    for (const handle of handles) handle.close();
    server.close();
  });
  return { messages, handles, channel: () => channel! };
}

test('a worker that has lost its master serves on, comes by itself, says hello, sends its sockets, and does as it is told', async () => {
  const master = await smallMaster({}, true);
  const worker = master.fork(SERVER);
  const [key] = await listens(worker);
  const spare = createServer();
  spare.listen(0, '127.0.0.1');
  await onceEvent(spare, 'listening');
  const { _handle: socket } = spare as unknown as { _handle: object };
  const { port } = spare.address() as { port: number };
  worker.giveSocket({ act: 'spare', key: key!, after: 0 }, socket);
  await until(() => worker.unanswered === 0, { message: 'it has the spare' });
  // From here on nobody but the worker has the socket.
  spare.close();
  const { messages, handles, channel } = await stranger(path.join(master.folder, 'workers.sock'));
  master.leave();
  const hello = await until(() => messages[0], { message: 'it comes' });
  expect(Object.keys(hello).toSorted()).toEqual(HELLO);
  expect(hello).toMatchObject({ act: 'hello', protocol: 1, pid: worker.pid, draining: false, gives: [], received: [] });
  expect(Object.keys(hello['identity'] as object).toSorted()).toEqual(IDENTITY);
  const [place] = hello['places'] as [{ request: object }];
  expect(Object.keys(place).toSorted()).toEqual(PLACE);
  expect(Object.keys(place.request).toSorted()).toEqual(REQUEST);
  expect(place).toMatchObject({ held: 'accepting', request: { key, kind: 'tcp' } });
  const lent = await until(() => messages.find(({ act }) => act === 'spare'), { message: 'its socket' });
  expect(lent).toEqual({ act: 'spare', key, slot: false, h: 1 });
  const client = await joinPort(port);
  client.send(get('/'));
  await client.gets(`<${worker.pid}>`);

  channel().send({ act: 'welcome', epoch: 7 });
  channel().send({ act: 'something of a later version', with: 'fields' });
  channel().send({ act: 'spare', key, after: 0, more: 'than it knows' }, handles[0]);
  const got = await until(() => messages.find(({ act }) => act === 'got'), { message: 'its receipt' });
  expect(got).toEqual({ act: 'got', count: 1 });
  channel().send({ act: 'yield', key });
  channel().send({ act: 'end' });
  await until(() => !master.handles.has(worker.id), { message: 'it has ended' });
});

test('paths and names', () => {
  const { workerSocket, run } = layoutOf('/home/someone/.zdm', '/tmp');
  expect([workerSocket, run]).toEqual(['/home/someone/.zdm/workers.sock', '/home/someone/.zdm/run']);
});
