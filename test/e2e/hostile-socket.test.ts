// Promise: whatever is written to a socket of zdm, the daemon and the master go on, and serve everybody else meanwhile.
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { PROTOCOL } from '../../daemon/protocol/contract.ts';
import { isAlive } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

const MIB = 1024 * 1024;
/** What a daemon, which begins with 48 MiB, may grow by when it is molested (bytes). Its own garbage is the greater part of that. */
const GROWTH = 128 * MIB;
const HELLO = { protocol: PROTOCOL, version: '0' };

interface Frame {
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

interface Visitor {
  readonly socket: Socket;
  /** The frames that came back. */
  frames(): Frame[];
  readonly ended: boolean;
}

const line = (message: unknown): string => `${JSON.stringify(message)}\n`;

/** A connection without any manners; `reads` false never takes what comes. */
async function visit(file: string, { reads = true } = {}): Promise<Visitor> {
  const socket = connect(file);
  onTestFinished(() => void socket.destroy());
  let text = '';
  let ended = false;
  socket.on('error', () => undefined).on('close', () => (ended = true));
  if (reads) socket.setEncoding('utf8').on('data', (data: string) => (text += data));
  await until(() => socket.readyState === 'open', { message: 'the visitor is connected' });
  const frames = (): Frame[] => {
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Frame);
  };
  return {
    socket,
    frames,
    get ended() {
      return ended;
    },
  };
}

/** Says `text` on a connection of its own and gives the first frame that comes back; `app` is said in a hello before it. */
async function answerTo(file: string, text: string, app?: string): Promise<Frame> {
  const visitor = await visit(file);
  if (app !== undefined) await greet(visitor, app);
  const before = visitor.frames().length;
  visitor.socket.write(text);
  const frame = await until(() => visitor.frames()[before], { message: `answer to ${text.slice(0, 60)}` });
  visitor.socket.destroy();
  return frame;
}

/** The master is told which app all the rest is about. */
async function greet({ socket, frames }: Visitor, app: string): Promise<void> {
  socket.write(line({ id: 'hello', method: 'hello', params: { ...HELLO, app } }));
  const [frame] = await until(() => frames().length > 0 && frames(), { message: 'the master greets' });
  expect(frame).toMatchObject({ id: 'hello', result: { protocol: PROTOCOL } });
}

function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

async function startApp(): Promise<{
  box: Sandbox;
  daemon: number;
  daemonSocket: string;
  masterSocket: string;
  port: number;
}> {
  const box = sandbox();
  const port = await freePort();
  await box.ok(['start', box.copyFixture('http.js', 'api'), '-n', 'api'], { env: { PORT: `${port}` } });
  return {
    box,
    port,
    daemon: (await box.daemonPid())!,
    daemonSocket: path.join(box.home, 'zdmd.sock'),
    masterSocket: path.join(box.home, 'master.sock'),
  };
}

test('what cannot be understood gets an error; the daemon and the master stay', async () => {
  const { box, daemon, daemonSocket, masterSocket, port } = await startApp();
  const before = await box.app('api');
  for (const file of [daemonSocket, masterSocket]) {
    const app = file === masterSocket ? 'api' : undefined;
    const bad = async (text: string, code: string, id: unknown = null): Promise<void> => {
      const frame = await answerTo(file, text, app);
      expect(frame, text.slice(0, 80)).toMatchObject({ id, error: { code } });
      expect(frame.error?.message).toMatch(/^[A-Z"].*\.$/s);
    };
    await bad('GET / HTTP/1.1\r\n\r\n', 'BAD_REQUEST');
    await bad('\u0000\u0001\u00ff\n', 'BAD_REQUEST');
    for (const value of [1, null, [], 'text', true]) await bad(line(value), 'BAD_REQUEST');
    await bad(line({}), 'BAD_REQUEST');
    await bad(line({ id: 7 }), 'BAD_REQUEST', 7);
    await bad(line({ id: 1, method: 'explode', params: {} }), 'UNKNOWN_METHOD', 1);
    await bad(line({ id: 1, method: 'toString', params: {} }), 'UNKNOWN_METHOD', 1);
    await bad(line({ id: 1, method: '__proto__', params: {} }), 'UNKNOWN_METHOD', 1);
    await bad(line({ id: 2, topic: 'everything', params: {} }), 'UNKNOWN_METHOD', 2);
    await bad(line({ id: 1, method: 'hello', params: { protocol: 99, version: '99' } }), 'VERSION', 1);
    await bad('x'.repeat(2 * MIB), 'FRAME_TOO_LARGE');
    await bad(line({ id: 1, method: 'ping', params: 'x'.repeat(2 * MIB) }), 'FRAME_TOO_LARGE');
  }
  expect(await box.daemonPid()).toBe(daemon);
  expect(await box.app('api')).toMatchObject({ masterPid: before.masterPid, restarts: 0, up: 1 });
  expect((await askFixture(port)).pid).toBe(before.workers[0]!.pid);
  expect(box.logs()).not.toMatch(/"event":"bug"/);
});

test('wrong parameters of every method and topic: BAD_REQUEST, and nothing is done', async () => {
  const { box, daemon, daemonSocket, masterSocket, port } = await startApp();
  const before = await box.app('api');
  const spec = { ...before.spec, env: {}, name: 'evil' };
  const start = (change: object, more: object = {}): object => ({
    specs: [{ ...spec, ...change }],
    replace: false,
    ...more,
  });
  const wrong: [string, unknown][] = [
    ['hello', { protocol: 'one' }],
    ['ping', []],
    ['list', 'all'],
    ['start', {}],
    ['start', { specs: [], replace: false }],
    ['start', start({ name: '../../etc' })],
    ['start', start({ name: 'all' })],
    ['start', start({ instances: -1 })],
    ['start', start({ instances: 1e9 })],
    ['start', start({ script: '' })],
    ['start', start({ env: { A: 1 } })],
    ['start', start({ killTimeout: null })],
    ['start', start({ execMode: 'other' })],
    ['start', start({}, { replace: 'yes' })],
    ['operate', {}],
    ['operate', { kind: 'explode', targets: ['api'] }],
    ['operate', { kind: 'stop', targets: [] }],
    ['operate', { kind: 'stop', targets: 'api' }],
    ['operate', { kind: 'scale', targets: ['api'] }],
    ['operate', { kind: 'scale', targets: ['api'], scale: { mode: 'set', count: 1.5 } }],
    ['operate', { kind: 'scale', targets: ['api'], scale: { mode: 'set', count: 0 } }],
    ['operate', { kind: 'scale', targets: ['api'], scale: { mode: 'set', count: -3 } }],
    ['control', {}],
    ['control', { action: 'explode', targets: ['api'] }],
    ['control', { action: 'abort', targets: [] }],
    ['control', { action: 'abort', targets: ['api'], by: 'x'.repeat(1_000) }],
    ['operate', { kind: 'reload', targets: ['api'], by: 1 }],
    ['history', 'all'],
    ['shutdown', 1],
  ];
  for (const [method, params] of wrong) {
    const frame = await answerTo(daemonSocket, line({ id: 1, method, params }));
    expect(frame, `${method} ${JSON.stringify(params)}`).toMatchObject({ id: 1, error: { code: 'BAD_REQUEST' } });
  }
  const topics: unknown[] = [
    {},
    { targets: ['api'], lines: -1, streams: [], follow: true },
    'api',
    { targets: [], lines: 1, streams: ['in'], follow: false },
  ];
  for (const params of topics) {
    const frame = await answerTo(daemonSocket, line({ id: 1, topic: 'logs', params }));
    expect(frame, JSON.stringify(params)).toMatchObject({ id: 1, error: { code: 'BAD_REQUEST' } });
  }
  for (const [file, params] of [
    [daemonSocket, { targets: ['api'], lines: 'many' }],
    [daemonSocket, { targets: 'api', lines: 1 }],
    [masterSocket, { lines: -1 }],
    [masterSocket, null],
  ] as const) {
    const app = file === masterSocket ? 'api' : undefined;
    const frame = await answerTo(file, line({ id: 1, topic: 'output', params }), app);
    expect(frame, JSON.stringify(params)).toMatchObject({ id: 1, error: { code: 'BAD_REQUEST' } });
  }
  const operations: unknown[] = [
    undefined,
    null,
    1,
    {},
    { op: 'x', kind: 'explode' },
    { op: 1, kind: 'stop' },
    { op: 'x', kind: 'start', spec: {} },
    { op: 'x', kind: 'scale', scale: { mode: 'set', count: 'many' }, spec: null, patient: false },
    { op: 'x', kind: 'stop', scale: null, spec: null, patient: false, by: 7 },
  ];
  for (const params of operations) {
    const frame = await answerTo(masterSocket, line({ id: 1, method: 'operate', params }), 'api');
    expect(frame, JSON.stringify(params)).toMatchObject({ id: 1, error: { code: 'BAD_REQUEST' } });
  }
  const controls: unknown[] = [undefined, {}, { action: 'explode', by: null }, { action: 'abort', by: 7 }];
  for (const params of controls) {
    const frame = await answerTo(masterSocket, line({ id: 1, method: 'control', params }), 'api');
    expect(frame, JSON.stringify(params)).toMatchObject({ id: 1, error: { code: 'BAD_REQUEST' } });
  }
  expect(await box.daemonPid()).toBe(daemon);
  expect(await box.list()).toHaveLength(1);
  expect(await box.app('api')).toMatchObject({
    masterPid: before.masterPid,
    generation: 1,
    wanted: 1,
    up: 1,
    state: 'online',
  });
  expect((await askFixture(port)).pid).toBe(before.workers[0]!.pid);
  expect(box.logs()).not.toMatch(/"event":"bug"/);
});

test('the master is asked without an app, about one that it does not have, or to take up what is no app', async () => {
  const { box, masterSocket, port } = await startApp();
  const { masterPid, workers, id, spec } = await box.app('api');
  const refused = async (message: object, code: string): Promise<void> => {
    const frame = await answerTo(masterSocket, line({ id: 1, ...message }));
    expect(frame, JSON.stringify(message)).toMatchObject({ id: 1, error: { code } });
    expect(frame.error?.message).toMatch(/^[A-Z].*\.$/s);
  };
  const stop = { op: 'x', kind: 'stop', scale: null, slot: null, spec: null, patient: false, by: null };
  await refused({ method: 'operate', params: stop }, 'BAD_REQUEST');
  await refused({ method: 'control', params: { action: 'abort', by: null } }, 'BAD_REQUEST');
  for (const method of ['history', 'description', 'explode', '__proto__'])
    await refused({ method, params: {} }, 'BAD_REQUEST');
  for (const topic of ['status', 'output', 'everything']) await refused({ topic, params: { lines: 1 } }, 'BAD_REQUEST');
  for (const app of ['', 'API', '__proto__', '../api', null, 7, {}, ['api']])
    await refused({ method: 'hello', params: { ...HELLO, app } }, 'NO_SUCH_APP');
  for (const params of [undefined, null, [], { protocol: 'one', app: 'api' }, { version: '0', app: 'api' }])
    await refused({ method: 'hello', params }, 'VERSION');
  const opens: unknown[] = [
    undefined,
    null,
    {},
    { id: 7 },
    { id: 7, spec: null },
    { id: 7, spec: 'api' },
    { id: 7, spec: { ...spec, name: '../../evil' } },
    { id: 7, spec: { ...spec, name: 'all' } },
    { id: 7, spec: { ...spec, name: 7 } },
    { id: 'seven', spec: { ...spec, name: 'evil' } },
    { id: 7, spec: { ...spec, name: 'evil', script: 7 } },
  ];
  for (const params of opens) await refused({ method: 'open', params }, 'BAD_REQUEST');
  // One that is there already stays as it is; and it does not end while it has one.
  for (const [method, params] of [
    ['open', { id: id + 1, spec: { ...spec, instances: 7 } }],
    ['end', {}],
  ] as const)
    expect(await answerTo(masterSocket, line({ id: 1, method, params }))).toEqual({ id: 1, result: {} });
  expect(await box.list()).toHaveLength(1);
  expect(await box.app('api')).toMatchObject({ id, masterPid, wanted: 1, up: 1, restarts: 0, state: 'online' });
  expect((await askFixture(port)).pid).toBe(workers[0]!.pid);
  expect(box.logs()).not.toMatch(/"event":"bug"/);
});

test('somebody who is no worker comes where workers wait for a master', async () => {
  const { box, port } = await startApp();
  const { masterPid, workers } = await box.app('api');
  const workerSocket = path.join(box.home, 'workers.sock');
  const { pid } = workers[0]!;
  const journal = readFileSync(path.join(box.home, 'apps/api/journal.json'), 'utf8');
  const [{ mark, id }] = (JSON.parse(journal) as { workers: [{ mark: string; id: number }] }).workers;
  const identity = { app: 'api', mark, id, slot: 0, generation: 1, socket: workerSocket };
  const hello = {
    act: 'hello',
    protocol: 1,
    epoch: 0,
    pid,
    identity,
    admitted: true,
    places: [],
    gives: [],
    received: [],
  };
  const noise = ['GET / HTTP/1.1\r\n\r\n', '\u0000\u0001\u00ff\n', 'x'.repeat(2 * MIB), line(null), line([]), line({})];
  const strange = [
    { act: 'hello' },
    { act: 'hello', identity: { app: 7 } },
    { act: 'takeover' },
    { act: 'takeover', spec: {}, heritage: {} },
    // Who is there already, somebody else's name, and an app that is not there.
    hello,
    { ...hello, identity: { ...identity, mark: 'api.1.1' } },
    { ...hello, identity: { ...identity, app: 'nobody' } },
  ];
  const visitors = await Promise.all(
    [...noise, ...strange.map(line)].map(async (text) => {
      const visitor = await visit(workerSocket);
      visitor.socket.write(text);
      return visitor;
    }),
  );
  // Whoever is of no use is told so.
  await until(() => visitors.filter(({ frames }) => /"act":"end"/.test(JSON.stringify(frames()))).length === 2, {
    message: 'two are sent away',
  });
  for (const { socket } of visitors) socket.destroy();
  expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 1\/1 .*: 0 connections cut/);
  expect(await box.app('api')).toMatchObject({ masterPid, generation: 2, up: 1, restarts: 0 });
  expect((await askFixture(port)).pid).not.toBe(pid);
  expect(box.logs()).not.toMatch(/"event":"bug"/);
});

test('200 idle connections, half frames, sudden ends: others are served, and nothing of them stays', async () => {
  const { box, daemon, daemonSocket, masterSocket } = await startApp();
  const before = memoryOf(daemon);
  for (const file of [daemonSocket, masterSocket]) {
    const idle = await Promise.all(Array.from({ length: 200 }, () => visit(file)));
    const half = await Promise.all(Array.from({ length: 20 }, () => visit(file)));
    for (const { socket } of half) socket.write('{"id":1,"method":"pi');
    const sudden = await Promise.all(Array.from({ length: 20 }, () => visit(file)));
    if (file === masterSocket) await Promise.all(sudden.map((visitor) => greet(visitor, 'api')));
    for (const { socket } of sudden)
      socket.end(line({ id: 1, topic: file === daemonSocket ? 'apps' : 'status', params: {} }));
    for (const { socket } of sudden.slice(10)) socket.destroy();
    expect(await box.ok(['list'])).toMatch(/api/);
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 1\/1/);
    // What was half comes to its end, and is answered.
    half[0]!.socket.write('ng","params":{}}\n');
    await until(() => half[0]!.frames().length === 1, { message: 'the late frame is answered' });
    for (const { socket } of [...idle, ...half]) socket.destroy();
  }
  expect(await box.daemonPid()).toBe(daemon);
  expect(memoryOf(daemon) - before).toBeLessThan(GROWTH);
  expect(box.logs()).not.toMatch(/"event":"bug"/);
});

test('followers that never read, while apps change and print: the daemon does not keep it all for them', async () => {
  const { box, daemon, daemonSocket } = await startApp();
  const printer = box.writeApp(
    `setInterval(() => { for (let i = 0; i < 20; i += 1) console.log('x'.repeat(2000)); }, 20)`,
    'printer.js',
  );
  await box.ok(['start', printer, '--listen-timeout', '300']);
  const before = memoryOf(daemon);
  const logs = { targets: ['printer'], lines: 1000, streams: ['out'], follow: true };
  for (let index = 0; index < 5; index += 1) {
    const deaf = await visit(daemonSocket, { reads: false });
    const output = { targets: [], lines: 1000 };
    deaf.socket.write(line({ id: 1, topic: 'apps', params: {} }) + line({ id: 2, topic: 'logs', params: logs }));
    deaf.socket.write(line({ id: 3, topic: 'output', params: output }));
  }
  // One that asks and asks and never reads what it is told.
  const greedy = await visit(daemonSocket, { reads: false });
  for (let id = 0; id < 40_000; id += 1) greedy.socket.write(line({ id, method: 'list', params: {} }));
  for (let round = 0; round < 4; round += 1) expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 1\/1/);
  const growth = memoryOf(daemon) - before;
  expect(growth, `${Math.round(growth / MIB)} MiB more`).toBeLessThan(GROWTH);
  expect(await box.daemonPid()).toBe(daemon);
  expect(isAlive(daemon)).toBe(true);
});
