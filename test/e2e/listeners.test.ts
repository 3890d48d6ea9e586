// Promise: wherever an app listens, and however many places that are, a reload is noticed in none of them.
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AppStatus, Receipt } from '../../daemon/protocol/model.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { staleAnswers, summary } from '../helpers/traffic-report.ts';
import { onceEvent, until } from '../helpers/until.ts';

const CLEAN = { failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] };
const HAS_IPV6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const NO_IPV6 = 'this machine has no IPv6';

/** How long an answer to a datagram may take (ms). */
const DATAGRAM_LIMIT = 200;

describe('several places in one app', () => {
  const start = async (instances: number): Promise<{ box: Sandbox; script: string; ports: number[] }> => {
    const box = sandbox();
    const script = box.copyFixture('many-places.js', 'api');
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
    const [PORT, PORT2, LOCAL_PORT, IPV6_PORT] = ports.map(String);
    const env = { PORT, PORT2, LOCAL_PORT, ...(HAS_IPV6 && { IPV6_PORT }) };
    box.setVersion(script, 1);
    await box.ok(['start', script, '--name', 'api', '-i', `${instances}`], { env });
    return { box, script, ports };
  };

  test('5 reloads of 4 workers drop nothing in any of them, and the chosen port stays', async () => {
    const { box, script, ports } = await start(4);
    const [first, second, local, ipv6] = ports as [number, number, number, number];
    const { listeners } = await box.app('api');
    const named = [`${first}`, `${second}`, `127.0.0.1:${local}`, ...(HAS_IPV6 ? [`[::1]:${ipv6}`] : [])];
    const [chosen, ...others] = listeners.filter((place) => !named.includes(place));
    expect(listeners).toEqual(expect.arrayContaining(named));
    expect(chosen).toMatch(/^\d+$/);
    expect(others).toEqual([]);

    const loads = await Promise.all(
      [
        ...[first, second, local, Number(chosen)].map((port) => ({ port })),
        ...(HAS_IPV6 ? [{ host: '::1', port: ipv6 }] : []),
      ].map((target) => startTraffic({ ...target, keepAlive: 6, oneShot: 2, rest: 60 })),
    );
    const everywhere = (): Promise<unknown> => Promise.all(loads.map((load) => load.more(60)));
    let last = 0;
    for (let version = 2; version <= 6; version += 1) {
      await everywhere();
      box.setVersion(script, version);
      expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 4\/4 .* 0 cut/);
      last = Date.now();
      expect((await box.app('api')).listeners).toEqual(listeners);
    }
    await everywhere();
    for (const load of loads) {
      const report = await load.stop();
      expect(report, summary(report)).toMatchObject(CLEAN);
      expect(report.byVersion.size).toBe(6);
      expect(staleAnswers(report, last, 6)).toEqual([]);
    }
  });

  test('one that is on ::1 only is not on 127.0.0.1, and the other way round', async ({ skip }) => {
    skip(!HAS_IPV6, NO_IPV6);
    const { box, ports } = await start(1);
    await box.ok(['reload', 'api']);
    const [, , local, ipv6] = ports as [number, number, number, number];
    expect(await accepts(local)).toBe(true);
    expect(await accepts(ipv6)).toBe(false);
    const [error] = await onceEvent(connect(local, '::1'), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a plain TCP server', () => {
  test('connections stay with the old workers until their clients end them; then the old workers go', async () => {
    const { box, port } = await startEcho(['-i', '2']);
    const old = (await box.app('api')).workers.map(({ pid }) => pid);
    const clients = await Promise.all(Array.from({ length: 6 }, () => openEcho(port)));
    await until(() => clients.every(({ echoes }) => echoes.length > 20), { message: 'all connections echo' });
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 2\/2 .* 0 connections cut, 6 draining/);
    const during = clients.map(({ echoes }) => echoes.length);
    await until(() => clients.every(({ echoes }, index) => echoes.length > during[index]! + 20), {
      message: 'all connections echo after the reload',
    });
    const draining = (await box.app('api')).workers.filter(({ stage }) => stage === 'draining');
    expect(draining.map(({ pid }) => pid)).toEqual(old);
    expect(draining.reduce((sum, { connections }) => sum + connections, 0)).toBe(6);
    expect(lastReceipt(await box.app('api'))).toMatchObject({ open: 6, drained: 0, cut: 0 });

    for (const client of clients) await client.end();
    await until(async () => (await box.app('api')).workers.length === 2, { message: 'the old workers go' });
    expect(lastReceipt(await box.app('api'))).toMatchObject({ open: 0, drained: 6, cut: 0, moved: 0 });
    for (const { troubles, echoes } of clients) {
      expect(troubles).toEqual([]);
      expect(echoes).toEqual(echoes.map((_, index) => index));
    }
  });

  test('a connection that never ends is cut at the drain deadline, and counted', async () => {
    const { box, port } = await startEcho(['--drain-timeout', '1s']);
    const [staying, leaving] = [await openEcho(port), await openEcho(port)];
    await until(() => staying.echoes.length > 0 && leaving.echoes.length > 0, { message: 'both echo' });
    const from = performance.now();
    expect(await box.ok(['reload', 'api'])).toMatch(/0 connections cut, 2 draining/);
    await leaving.end();
    expect(leaving.troubles).toEqual([]);
    await until(() => staying.socket.destroyed, { within: 5_000, message: 'the connection is cut' });
    expect(performance.now() - from).toBeGreaterThan(1_000);
    await until(async () => (await box.app('api')).workers.length === 1, { message: 'the old worker goes' });
    expect(lastReceipt(await box.app('api'))).toMatchObject({ open: 0, drained: 1, cut: 1 });
  });
});

test('UDP: 5 reloads of 4 workers lose no datagram', async () => {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('udp-echo.js', 'api');
  // Answers that take a moment make it likely that a worker has one in its hands when it is told to go.
  const env = { PORT: `${port}`, WORK_MS: '2' };
  await box.ok(['start', script, '--name', 'api', '-i', '4', '--wait-ready'], { env });
  const client = datagrams(port);
  for (let round = 1; round <= 5; round += 1) {
    const enough = client.answered + 100;
    await until(() => client.answered > enough, { message: () => `datagrams go on: ${client.answered}` });
    expect(await box.ok(['reload', 'api'])).toMatch(/reloaded 4\/4/);
  }
  await client.stop();
  expect(client.lost, `of ${client.answered} datagrams, answered by ${client.pids.size} processes`).toEqual([]);
});

async function startEcho(flags: string[]): Promise<{ box: Sandbox; port: number }> {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture('net-echo.js', 'api');
  await box.ok(['start', script, '--name', 'api', ...flags], { env: { PORT: `${port}` } });
  return { box, port };
}

/** A client that sends the next number when the last one has come back. */
interface EchoClient {
  readonly socket: Socket;
  readonly echoes: readonly number[];
  /** How the connection ended, when the client did not end it; and errors. */
  readonly troubles: readonly string[];
  /** Ends it after the echo under way. */
  end(): Promise<void>;
}

async function openEcho(port: number): Promise<EchoClient> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const echoes: number[] = [];
  const troubles: string[] = [];
  let ending = false;
  let text = '';
  const next = (): unknown => (ending ? socket.end() : socket.write(`${echoes.length}\n`));
  socket.setEncoding('utf8').on('data', (data: string) => {
    text += data;
    if (!text.endsWith('\n')) return;
    echoes.push(Number(text));
    text = '';
    setImmediate(next);
  });
  socket.on('error', ({ message }) => troubles.push(message));
  socket.on('end', () => ending || troubles.push('ended by the server'));
  await onceEvent(socket, 'connect');
  next();
  return {
    socket,
    echoes,
    troubles,
    async end() {
      const closed = onceEvent(socket, 'close');
      ending = true;
      await closed;
    },
  };
}

function datagrams(port: number): {
  readonly answered: number;
  readonly lost: readonly string[];
  readonly pids: ReadonlySet<number>;
  stop(): Promise<void>;
} {
  const socket: UdpSocket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  const pids = new Set<number>();
  const lost: string[] = [];
  let answered = 0;
  const stop = new AbortController();
  const isAnswered = async (n: number): Promise<boolean> => {
    const deadline = performance.now() + DATAGRAM_LIMIT;
    socket.send(`${n}`, port, '127.0.0.1');
    for (;;) {
      const [data] = await onceEvent(socket, 'message', deadline - performance.now());
      const [pid, number] = String(data).split(' ').map(Number) as [number, number];
      pids.add(pid);
      // The late answer to a datagram that is counted as lost is no answer to this one.
      if (number === n) return true;
    }
  };
  const exchange = async (): Promise<void> => {
    for (let n = 1; !stop.signal.aborted; n += 1) {
      if (await isAnswered(n).catch(() => false)) answered += 1;
      else lost.push(`${n} at ${new Date().toISOString()}`);
    }
  };
  const running = exchange();
  return {
    get answered() {
      return answered;
    },
    lost,
    pids,
    stop() {
      stop.abort();
      return running;
    },
  };
}

function lastReceipt({ operations }: AppStatus): Receipt | null | undefined {
  return operations.at(-1)?.receipt;
}
