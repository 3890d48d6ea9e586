// A worker that is drained, kept, and taken back: with real workers, because what is undone are node's own subscriptions and timers.
import { createSocket } from 'node:dgram';
import { Agent, request as secureRequest } from 'node:https';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { WorkerHandle } from '../../../daemon/master/workers/worker-handle.ts';
import { kernelCanBalance } from '../../../daemon/protocol/balance.ts';
import type { DrainOrder } from '../../../daemon/protocol/worker-link.ts';
import { makeCertificate } from '../../helpers/certificate.ts';
import { onceEvent, until } from '../../helpers/until.ts';
import { get, joinPort } from '../connections/raw-client.ts';
import { listens, smallMaster } from '../master/small-master.ts';

const KEEP: DrainOrder = { move: true, within: 60_000, status: 1012, keeps: true };
const LEAVE: DrainOrder = { move: true, within: 0, status: 1012 };

/** Says when it is told something. */
const HEARS = `for (const event of ['zdm:drain', 'zdm:standby', 'zdm:resume'])
  process.on(event, (about) => console.log(event, about ? about.deadline > Date.now() - 1000 && about.status : 'none'));`;
const HTTP = `${HEARS}
require('http').createServer((request, response) => response.end('<' + process.pid + ' ' + request.url + '>')).listen(0);`;

/** Drains it, and waits for its first report, which comes even when there is nothing new. */
async function drain(worker: WorkerHandle, order: DrainOrder): Promise<void> {
  const { load } = worker;
  worker.tell({ act: 'drain', ...order });
  await until(() => worker.load !== load && worker.load.draining);
}

async function resume(worker: WorkerHandle): Promise<void> {
  worker.tell({ act: 'resume' });
  await until(() => !worker.load.draining);
}

test('its idle connections go to another, and come to it again', async () => {
  const master = await smallMaster();
  const [old, next] = [master.fork(HTTP), master.fork(HTTP)];
  await listens(old);
  await listens(next);
  master.admit(old);
  const [first, second] = [await joinPort(master.port), await joinPort(master.port)];
  for (const client of [first, second]) {
    client.send(get('/1'));
    await client.gets(`<${old.pid} /1>`);
  }
  master.dismiss(old);
  master.admit(next);
  await drain(old, KEEP);
  await until(() => old.load.open === 0);
  expect(old.load).toMatchObject({ busy: 0, had: 2 });
  // Said twice it is the same.
  await drain(old, KEEP);
  first.send(get('/2'));
  await first.gets(`<${next.pid} /2>`);
  // Back, the other way round.
  master.dismiss(next);
  await resume(old);
  expect(old.load).toMatchObject({ had: 0, draining: false });
  master.admit(old);
  await drain(next, KEEP);
  for (const client of [first, second]) {
    client.send(get('/3'));
    await client.gets(`<${old.pid} /3>`);
    // It does not give them away any more.
    client.send(get('/4'));
    await client.gets(`<${old.pid} /4>`);
    expect(client.ended).toBe(null);
  }
  await until(() => old.load.requests === 6 && old.load.open === 2);
  expect(old.load.taken).toBe(4);
  expect(master.output).toBe('zdm:standby 1012\nzdm:standby 1012\nzdm:resume none\nzdm:standby 1012\n');
});

test('dismissed for good, it takes leave, and its first report comes though nothing is new', async () => {
  const master = await smallMaster();
  const worker = master.fork(HTTP);
  await listens(worker);
  await drain(worker, KEEP);
  await drain(worker, LEAVE);
  expect(worker.load).toMatchObject({ draining: true, busy: 0, open: 0 });
  await until(() => master.output === 'zdm:standby 1012\nzdm:drain 1012\n', { message: () => master.output });
});

test('WebSockets stay while it is kept, and are closed when it leaves', async () => {
  const master = await smallMaster();
  const worker = master.fork(`
    const server = require('http').createServer().listen(0);
    server.on('upgrade', ({ headers }, socket) => {
      const accept = require('crypto').createHash('sha1').update(headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11');
      socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: '
        + accept.digest('base64') + '\\r\\n\\r\\n');
      socket.resume().on('end', () => socket.end());
    });`);
  await listens(worker);
  master.admit(worker);
  const client = new WebSocket(`ws://127.0.0.1:${master.port}`);
  await onceEvent(client, 'open');
  // At once, if they were.
  await drain(worker, { ...KEEP, within: 0 });
  expect(worker.load).toMatchObject({ told: 0, leaving: 0, busy: 0, open: 1 });
  await resume(worker);
  await drain(worker, { ...KEEP, within: 0 });
  expect([client.readyState, worker.load.told]).toEqual([WebSocket.OPEN, 0]);
  const closed = onceEvent(client, 'close');
  await drain(worker, LEAVE);
  expect((await closed)[0]).toBe(1012);
  expect(worker.load.told).toBe(1);
});

test('over TLS its answers end their connections while it is kept, and not after', async () => {
  const { key, cert } = await makeCertificate();
  const master = await smallMaster({ KEY: key, CERT: cert });
  const worker = master.fork(`require('https').createServer({ key: process.env.KEY, cert: process.env.CERT },
    (request, response) => response.end('.')).listen(0);`);
  await listens(worker);
  master.admit(worker);
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const connection = (): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const asked = secureRequest({ port: master.port, host: '127.0.0.1', agent }, (response) => {
        response.resume().once('end', () => resolve(response.headers.connection));
      });
      asked.once('error', reject).end();
    });
  expect(await connection()).toBe('keep-alive');
  await drain(worker, KEEP);
  expect(await connection()).toBe('close');
  await resume(worker);
  expect(await connection()).toBe('keep-alive');
  agent.destroy();
});

test('datagrams are read by others while it is kept, and by it again', async () => {
  const master = await smallMaster();
  const worker = master.fork(`const socket = require('dgram').createSocket('udp4');
    socket.on('message', (data, from) => socket.send('pong', from.port, from.address));
    socket.bind({ port: 0, address: '127.0.0.1' }, () => console.log('port', socket.address().port));`);
  await until(() => /port \d+/.test(master.output));
  const port = Number(/port (\d+)/.exec(master.output)![1]);
  const client = createSocket('udp4');
  let pongs = 0;
  client.on('message', () => (pongs += 1));
  await drain(worker, KEEP);
  client.send('ping', port, '127.0.0.1');
  // Its channel is read in the same loop: what it had read before would be answered by then.
  worker.ping();
  worker.ping();
  await until(() => worker.silence === 0);
  expect(pongs).toBe(0);
  await resume(worker);
  await until(() => pongs === 1);
  client.close();
});

test.runIf(kernelCanBalance())('with `balance: kernel` it accepts at its slot again', async () => {
  const master = await smallMaster();
  const worker = master.fork(HTTP, { balance: 'kernel' });
  const [place] = await listens(worker);
  master.admit(worker);
  for (let turn = 0; turn < 3; turn += 1) {
    await until(() => master.isLeftAlone(place!, worker.slot));
    const { taken } = worker.load;
    const client = await joinPort(master.port);
    client.send(get(`/${turn}`));
    await client.gets(`<${worker.pid} /${turn}>`);
    await until(() => worker.load.open > 0);
    // By itself: none came with a message.
    expect(worker.load.taken).toBe(taken);
    master.dismiss(worker);
    await drain(worker, KEEP);
    // Nobody serves the slot: who is there and who comes now waits.
    const waiting = await joinPort(master.port);
    waiting.send(get('/waits'));
    await until(() => master.handOut.waiting === 2);
    await resume(worker);
    master.admit(worker);
    await waiting.gets(`<${worker.pid} /waits>`);
    client.send(get('/again'));
    await client.gets(`<${worker.pid} /again>`);
    await until(() => worker.load.taken === taken + 2);
    for (const { socket } of [client, waiting]) socket.destroy();
    await until(() => worker.load.open === 0);
  }
});
