// Promise: with `--sticky ip` all connections of one client address reach the same slot, whatever becomes of its workers.
import http from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { io, type Socket } from 'socket.io-client';
import type { FixtureAnswer } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { onceEvent, until } from '../helpers/until.ts';

/** Only Linux has all of 127.0.0.0/8 on its loopback interface. */
const MANY_ADDRESSES = process.platform === 'linux';
const ADDRESSES = Array.from({ length: 39 }, (_, index) => `127.0.0.${index + 2}`);

/** Between two signs of life of a session: so often a client notices by itself that its server has changed. */
const PING_MS = 1_000;

async function start(fixture: string, env: Record<string, string> = {}): Promise<{ box: Sandbox; port: number }> {
  const box = sandbox();
  const port = await freePort();
  const script = box.copyFixture(fixture, 'api');
  const flags = ['--name', 'api', '-i', '4', '--sticky', 'ip'];
  await box.ok(['start', script, ...flags], { env: { ...env, PORT: `${port}` } });
  return { box, port };
}

describe.runIf(MANY_ADDRESSES)('clients of 39 addresses, 4 slots', () => {
  test('each address reaches one slot, the same after 3 reloads, and every slot has some', async () => {
    const { box, port } = await start('http.js');
    const before = await slotsOf(port);
    const tally = ['0', '1', '2', '3'].map((slot) => [...before.values()].filter((one) => one === slot).length);
    // Spread, not dealt out: how evenly is a matter of the addresses.
    expect(Math.min(...tally), `addresses per slot: ${tally.join()}`).toBeGreaterThanOrEqual(3);
    for (let round = 1; round <= 3; round += 1) {
      await box.ok(['reload', 'api']);
      expect(await slotsOf(port)).toEqual(before);
    }
  });

  test('while a reload runs, each address stays with its slot', async () => {
    const { box, port } = await start('http.js');
    const before = await slotsOf(port);
    const pids = new Set<number>();
    const reload = box.spawnZdm(['reload', 'api']);
    const ended = reload.ended();
    const over = new AbortController();
    void ended.then(() => over.abort());
    while (!over.signal.aborted) expect(await slotsOf(port, pids)).toEqual(before);
    expect((await ended).code, reload.output).toBe(0);
    expect(pids.size, 'some were asked before, some after their slot was replaced').toBeGreaterThan(4);
  });

  test('clients of a slot whose worker was killed come back to it', async () => {
    const { box, port } = await start('http.js');
    const before = await slotsOf(port);
    const victim = (await box.app('api')).workers.find(({ slot }) => `${slot}` === before.get(ADDRESSES[0]!))!;
    killHard(victim.pid);
    await until(async () => (await box.app('api')).restarts === 1, { message: 'the crash is counted' });
    await until(async () => (await box.app('api')).up === 4, { message: 'the worker is replaced' });
    const pids = new Set<number>();
    expect(await slotsOf(port, pids)).toEqual(before);
    expect(pids).not.toContain(victim.pid);
    expect(pids.size).toBe(4);
  });
});

describe('socket.io, by polling only', () => {
  test('sessions of 20 clients live in the slot of their address', async () => {
    const { port } = await start('socket-io-polling.js');
    const clients = await Promise.all(Array.from({ length: 20 }, (_, index) => Client.open(port, index)));
    for (let round = 1; round <= 5; round += 1) await Promise.all(clients.map((client) => client.exchange()));
    for (const { troubles, connects, slots } of clients) {
      expect(troubles).toEqual([]);
      expect(connects).toBe(1);
      expect(slots.size).toBe(1);
    }
    const all = new Set(clients.flatMap(({ slots }) => [...slots]));
    expect(all.size).toBe(MANY_ADDRESSES ? 4 : 1);
  });

  test('after a reload each client connects again by itself, to its slot', async () => {
    const { box, port } = await start('socket-io-polling.js', { PING_MS: `${PING_MS}` });
    const clients = await Promise.all(Array.from({ length: 20 }, (_, index) => Client.open(port, index)));
    await Promise.all(clients.map((client) => client.exchange()));
    const old = new Set((await box.app('api')).workers.map(({ pid }) => pid));
    await box.ok(['reload', 'api']);
    await until(() => clients.every(({ connects, socket }) => connects > 1 && socket.connected), {
      within: 20_000,
      message: () => `all are connected again: ${clients.map(({ connects }) => connects).join()}`,
    });
    for (let round = 1; round <= 3; round += 1) {
      const answers = await Promise.all(clients.map((client) => client.exchange()));
      expect(answers.filter(({ pid }) => old.has(pid))).toEqual([]);
    }
    for (const { slots } of clients) expect(slots.size).toBe(1);
    await until(async () => (await box.app('api')).workers.length === 4, { message: 'the old workers go' });
  });
});

/** The slot that each address reaches, asked from all of them twice at the same time. */
async function slotsOf(port: number, pids = new Set<number>()): Promise<Map<string, string | null>> {
  const found = await Promise.all(
    ADDRESSES.map(async (address) => {
      const answers = await Promise.all([askFrom(address, port), askFrom(address, port)]);
      for (const { pid } of answers) pids.add(pid);
      const slots = new Set(answers.map(({ slot }) => slot));
      return [address, [...slots].join(' and ')] as const;
    }),
  );
  return new Map(found);
}

function askFrom(localAddress: string, port: number): Promise<FixtureAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, localAddress, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data: string) => (text += data));
      response.once('error', reject);
      response.once('end', () => resolve(JSON.parse(text) as FixtureAnswer));
    });
    request.once('error', reject);
  });
}

interface Echo {
  readonly text: string;
  readonly slot: string;
  readonly pid: number;
}

/** A socket.io client on an address of its own, where the machine has that many. */
class Client {
  readonly socket: Socket;
  readonly troubles: string[] = [];
  readonly slots = new Set<string>();
  connects = 0;
  private sent = 0;

  private constructor(port: number, index: number) {
    const localAddress = MANY_ADDRESSES ? ADDRESSES[index] : undefined;
    const agent = new http.Agent({ keepAlive: true, ...(localAddress && { localAddress }) });
    this.socket = io(`http://127.0.0.1:${port}`, {
      transports: ['polling'],
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      agent: agent as never,
    });
    this.socket.on('connect', () => (this.connects += 1));
    this.socket.on('connect_error', ({ message }) => this.troubles.push(`connect_error: ${message}`));
    this.socket.on('disconnect', (reason) => this.troubles.push(`disconnect: ${reason}`));
    onTestFinished(() => {
      this.socket.disconnect();
      agent.destroy();
    });
  }

  static async open(port: number, index: number): Promise<Client> {
    const client = new Client(port, index);
    await onceEvent(client.socket, 'connect');
    return client;
  }

  /** Sends a message of its own and waits for the answer to it. */
  async exchange(): Promise<Echo> {
    const text = `message ${(this.sent += 1)} of ${this.socket.id}`;
    const answer = (await this.socket.timeout(10_000).emitWithAck('echo', text)) as Echo;
    expect(answer.text).toBe(text);
    this.slots.add(answer.slot);
    return answer;
  }
}
