// Promise: while no worker is there connections wait instead of being refused, within bounds: a time and a number. Whoever
// waits beyond them is told so by an orderly end.
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FixtureAnswer } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { isAlive, killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { staleAnswers, summary, took } from '../helpers/traffic-report.ts';
import { onceEvent, until } from '../helpers/until.ts';

const CLEAN = { failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] };
const LINE_LIMIT = 1_000;
const REQUEST = 'GET /?n=7 HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n';

test('a restart of the only worker under load: nobody is refused, and the longest wait is told', async () => {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('http.js', 'api');
  box.setVersion(script, 1);
  await box.ok(['start', script, '--name', 'api'], { env: { PORT: `${port}` } });
  const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 4, slow: 2, slowMs: 300 });
  let last = 0;
  let longest = 0;
  for (let version = 2; version <= 4; version += 1) {
    await traffic.more(300);
    box.setVersion(script, version);
    const output = await box.ok(['restart', 'api']);
    last = Date.now();
    expect(output).toMatch(/restarted 1\/1 .* 0 cut.* \d+ waited \(at most [\d.]+m?s\)/);
    const receipt = (await box.app('api')).operations.at(-1)!.receipt!;
    expect(receipt).toMatchObject({ replaced: 1, cut: 0 });
    // All twenty, but for those that are just resting between two connections.
    expect(receipt.held).toBeGreaterThan(8);
    expect(receipt.longestHold).toBeGreaterThan(0);
    longest = Math.max(longest, receipt.longestHold);
  }
  await traffic.more(300);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject(CLEAN);
  expect(report.byVersion.size).toBe(4);
  expect(staleAnswers(report, last, 4)).toEqual([]);
  // Somebody has really waited that long; the receipt is about connections, which may have been idle for a part of it.
  const slowest = Math.max(...report.answers.filter(({ kind }) => kind === 'one-shot').map(took));
  expect(slowest).toBeGreaterThan(longest / 2);
});

describe('the only worker was killed, and its replacement takes its time', () => {
  test('new connections wait for it and are served', async () => {
    const { box, port, comeBack, killed } = await startGated();
    const clients = await Promise.all(Array.from({ length: 20 }, () => open(port, REQUEST)));
    await until(async () => (await box.app('api')).waiting === 20, { message: '20 connections wait' });
    expect(clients.map(({ text, outcome }) => text + outcome).join('')).toBe('');
    comeBack();
    const answers = await Promise.all(clients.map(answerOf));
    const [worker] = (await box.app('api')).workers;
    expect(new Set(answers.map(({ pid }) => pid))).toEqual(new Set([worker!.pid]));
    expect(worker!.pid).not.toBe(killed);
    await nobodyWaits(box);
  });

  test.for([
    ['that is silent', ''],
    ['that has sent its request', REQUEST],
  ] as const)('a connection %s and waits longer than --hold-timeout is ended in order', async ([, sends]) => {
    const { box, port, comeBack } = await startGated('--hold-timeout', '1s');
    const from = performance.now();
    const late = await open(port, sends);
    await until(() => late.outcome, { within: 5_000, message: 'the connection is ended' });
    expect(late).toMatchObject({ outcome: 'end', text: '' });
    expect(performance.now() - from).toBeGreaterThan(1_000);
    await nobodyWaits(box);
    // The next one is not worse off.
    const next = await open(port, REQUEST);
    comeBack();
    expect(await answerOf(next)).toMatchObject({ n: 7 });
  });

  test('a thousand wait, one more is ended in order, and the thousand are served', async () => {
    const { box, port, comeBack } = await startGated();
    const clients: Client[] = [];
    // In groups: more at once than the kernel's queue of unaccepted connections holds would be slow, not refused.
    for (let group = 0; group < LINE_LIMIT / 100; group += 1)
      clients.push(...(await Promise.all(Array.from({ length: 100 }, () => open(port, REQUEST)))));
    await until(async () => (await box.app('api')).waiting === LINE_LIMIT, { message: 'a thousand wait' });
    const further = await open(port, '');
    await until(() => further.outcome, { within: 5_000, message: 'the further one is ended' });
    expect(further.outcome).toBe('end');
    expect((await box.app('api')).waiting).toBe(LINE_LIMIT);
    expect(clients.filter(({ outcome }) => outcome !== '')).toEqual([]);
    comeBack();
    const answers = await Promise.all(clients.map(answerOf));
    expect(answers.every(({ n, slot }) => n === 7 && slot === '0')).toBe(true);
    // Each was answered once: the worker has counted no request but these.
    expect(new Set(answers.map(({ count }) => count)).size).toBe(LINE_LIMIT);
  });
});

test('a fork-mode app owns its port: its reload says that it was a restart', async () => {
  const box = sandbox();
  const script = box.copyFixture('hello.sh');
  await box.ok(['start', script, '--min-uptime', '200']);
  expect(await box.ok(['reload', 'hello'])).toMatch(/this was a restart, with a gap/);
});

interface Gated {
  readonly box: Sandbox;
  readonly port: number;
  /** The pid of the worker that was killed. */
  readonly killed: number;
  /** Lets the replacement listen. */
  comeBack(): void;
}

/** An app whose only worker has just been killed, and whose replacement listens when it is told to. */
async function startGated(...flags: string[]): Promise<Gated> {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('waits-for-file.js', 'api');
  const comeBack = (): void => void box.writeFile('api/open.txt', '');
  comeBack();
  await box.ok(['start', script, '--name', 'api', '--listen-timeout', '60s', ...flags], { env: { PORT: `${port}` } });
  rmSync(path.join(box.work, 'api/open.txt'));
  const { pid } = (await box.app('api')).workers[0]!;
  killHard(pid);
  await until(() => !isAlive(pid), { message: 'the worker has ended' });
  await until(async () => (await box.app('api')).up === 0, { message: 'its end is known' });
  return { box, port, killed: pid, comeBack };
}

/** The figure is told once a second. */
async function nobodyWaits(box: Sandbox): Promise<void> {
  await until(async () => (await box.app('api')).waiting === 0, { message: 'nobody waits any more' });
}

interface Client {
  readonly socket: Socket;
  /** All that came. */
  text: string;
  /** How it ended: `end`, or the code of an error; empty while it is open. */
  outcome: string;
}

async function open(port: number, sends: string): Promise<Client> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const client: Client = { socket, text: '', outcome: '' };
  socket.setEncoding('utf8').on('data', (data: string) => (client.text += data));
  socket.on('end', () => (client.outcome ||= 'end'));
  // An error tells more than the end that may have come before it.
  socket.on('error', (error: NodeJS.ErrnoException) => (client.outcome = error.code ?? error.message));
  await onceEvent(socket, 'connect');
  if (sends !== '') socket.write(sends);
  return client;
}

/** The fixture's answer, when the connection has ended in order after it. */
async function answerOf(client: Client): Promise<FixtureAnswer> {
  await until(() => client.outcome, { within: 20_000, message: 'an answer' });
  expect(client.outcome).toBe('end');
  expect(client.text).toMatch(/^HTTP\/1\.1 200 /);
  return JSON.parse(client.text.slice(client.text.indexOf('{'), client.text.lastIndexOf('}') + 1)) as FixtureAnswer;
}
