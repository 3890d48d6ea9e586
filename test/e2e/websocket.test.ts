// Promise: WebSockets do not hold a rollout up. They stay with their worker until its time is over, and are then asked to
// connect again (1012), some at a time; no client ever sees a connection just break (1006).
import http from 'node:http';
import { io } from 'socket.io-client';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { inTime, onceEvent, until } from '../helpers/until.ts';

interface Opened {
  readonly socket: WebSocket;
  /** The code it was closed with, and when. */
  closed?: { code: number; at: number };
}

interface App {
  readonly box: Sandbox;
  readonly port: number;
  readonly script: string;
}

async function startApp(fixture: string, flags: string[]): Promise<App> {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture(fixture, 'api');
  box.setVersion(script, 1);
  await box.ok(['start', script, '--name', 'api', '-i', '4', ...flags], { env: { PORT: `${port}` } });
  return { box, port, script };
}

async function open(port: number, count: number): Promise<Opened[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
      const opened: Opened = { socket };
      socket.on('close', (code) => (opened.closed = { code, at: Date.now() }));
      await onceEvent(socket, 'open');
      return opened;
    }),
  );
}

/** The version that answers. */
async function echo({ socket }: Opened): Promise<number> {
  const answer = onceEvent(socket, 'message');
  socket.send('hello');
  return Number(String((await answer)[0]).split(' ')[0]);
}

const workersGone = (box: Sandbox): Promise<unknown> =>
  until(async () => (await box.app('api')).workers.length === 4, { within: 15_000, message: 'the old workers end' });

test('5 reloads: each generation of sockets lives on with its worker, then is closed with 1012', async () => {
  const { box, port, script } = await startApp('websocket.js', ['--drain-timeout', '4s']);
  const traffic = await startTraffic({ port, keepAlive: 24 });
  const generations: Opened[][] = [];
  for (let version = 1; version <= 5; version += 1) {
    const sockets = await open(port, 12);
    generations.push(sockets);
    box.setVersion(script, version + 1);
    const started = Date.now();
    expect(await box.ok(['reload', 'api'])).toMatch(/\b0 (connections )?cut/);
    expect(Date.now() - started).toBeLessThan(4_000);
    expect(await Promise.all(sockets.map(echo))).toEqual(sockets.map(() => version));
  }
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
  const all = generations.flat();
  await until(() => all.every(({ closed }) => closed), { within: 15_000, message: 'all are closed' });
  expect(new Set(all.map(({ closed }) => closed!.code))).toEqual(new Set([1012]));
  await workersGone(box);
  const rollouts = (await box.app('api')).operations.filter(({ kind }) => kind === 'reload');
  for (const { receipt } of rollouts) expect(receipt).toMatchObject({ told: 12, cut: 0, open: 0 });
});

test('as many idle connections beside them move: those that stay are still counted, and stay', async () => {
  const { box, port } = await startApp('websocket.js', ['-i', '1']);
  const sockets = await open(port, 2);
  const agents = [1, 2].map(() => new http.Agent({ keepAlive: true }));
  for (const agent of agents) {
    const [response] = (await onceEvent(http.get({ port, agent, path: '/?n=1' }), 'response')) as [
      http.IncomingMessage,
    ];
    await onceEvent(response.resume(), 'end');
  }
  expect(await box.ok(['reload', 'api'])).toMatch(/2 connections moved.* 2 draining/);
  expect(await Promise.all(sockets.map(echo))).toEqual([1, 1]);
  for (const { socket } of sockets) socket.close();
  for (const agent of agents) agent.destroy();
});

test('they are closed in waves, and what is open and for how long is shown', async () => {
  const { box, port } = await startApp('websocket.js', ['--drain-timeout', '6s']);
  const sockets = await open(port, 40);
  await box.ok(['reload', 'api']);
  const draining = (await box.app('api')).workers.filter(({ stage }) => stage === 'draining');
  expect(draining.reduce((sum, { connections }) => sum + connections, 0)).toBe(40);
  for (const { deadline } of draining) expect(deadline! - Date.now()).toBeGreaterThan(0);
  await until(() => sockets.every(({ closed }) => closed), { within: 15_000, message: 'all are closed' });
  const times = sockets.map(({ closed }) => closed!.at);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(1_000);
  expect(sockets.map(({ closed }) => closed!.code)).toEqual(sockets.map(() => 1012));
});

test('an app that listens for the drain says goodbye in its own words', async () => {
  const { box, port } = await startApp('websocket-goodbye.js', []);
  const sockets = await open(port, 8);
  await box.ok(['reload', 'api']);
  await until(() => sockets.every(({ closed }) => closed), { message: 'all are closed' });
  expect(sockets.map(({ closed }) => closed!.code)).toEqual(sockets.map(() => 4000));
  await workersGone(box);
});

test('a restart asks to connect again, a stop says that the server goes away', async () => {
  const { box, port } = await startApp('websocket.js', []);
  const first = await open(port, 8);
  await box.ok(['restart', 'api']);
  expect(first.map(({ closed }) => closed?.code)).toEqual(first.map(() => 1012));
  const second = await open(port, 8);
  await box.ok(['stop', 'api']);
  await until(() => second.every(({ closed }) => closed), { message: 'all are closed' });
  expect(second.map(({ closed }) => closed!.code)).toEqual(second.map(() => 1001));
});

test('socket.io clients come back by themselves, to the new code', async () => {
  const { box, port, script } = await startApp('socket-io.js', ['--drain-timeout', '2s']);
  const clients = Array.from({ length: 12 }, () =>
    io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnectionDelay: 50, reconnectionDelayMax: 200 }),
  );
  const reasons: string[] = [];
  const errors: Error[] = [];
  for (const client of clients) {
    client.on('disconnect', (reason) => reasons.push(reason));
    client.on('connect_error', (error) => errors.push(error));
  }
  const ask = (client: (typeof clients)[number]): Promise<string> =>
    inTime(client.emitWithAck('say', 'hello') as Promise<string>, 10_000, 'an answer');
  try {
    for (const answer of await Promise.all(clients.map(ask))) expect(answer).toMatch(/^1 /);
    box.setVersion(script, 2);
    await box.ok(['reload', 'api']);
    await until(() => reasons.length === clients.length, { within: 15_000, message: 'each was disconnected once' });
    for (const answer of await Promise.all(clients.map(ask))) expect(answer).toMatch(/^2 /);
    expect(errors).toEqual([]);
    await workersGone(box);
  } finally {
    for (const client of clients) client.close();
  }
});
