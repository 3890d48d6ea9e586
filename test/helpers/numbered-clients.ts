// Clients that share one number: the highest version that any of them has had an answer of. It is read before a request is sent;
// an answer of a lower version is old code after new code.
import http from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { randomFrom } from './random.mjs';
import { onceEvent, until } from './until.ts';

/** What they have seen. */
interface Seen {
  requests: number;
  connections: number;
  highest: number;
  /** Old code after new code. */
  readonly stale: string[];
  readonly failed: string[];
}

export interface NumberedClients {
  readonly seen: Seen;
  /** Waits until `count` more requests were answered. */
  more(count: number): Promise<void>;
  stop(): Promise<Seen>;
}

/** Of each kind: busy ones that keep their connection, ones that leave theirs idle, ones with a connection for each request. */
const KEEPING = 12;
const IDLING = 24;
const ONE_SHOT = 10;

/** Starts them; they end with the test at the latest. */
export function numberedClients(port: number): NumberedClients {
  const seen: Seen = { requests: 0, connections: 0, highest: 0, stale: [], failed: [] };
  const random = randomFrom(7);
  const stopping = new AbortController();

  const ask = async (open: () => http.ClientRequest): Promise<void> => {
    const floor = seen.highest;
    try {
      const { text, reused } = await exchange(open());
      const { version, pid } = JSON.parse(text) as { version: number; pid: number };
      if (version < floor) seen.stale.push(`version ${version} of pid ${pid} after ${floor}, reused ${reused}`);
      seen.highest = Math.max(seen.highest, version);
      if (!reused) seen.connections += 1;
    } catch (error) {
      seen.failed.push(String(error));
    }
    seen.requests += 1;
  };
  const keeping = async (longest: number): Promise<void> => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    while (!stopping.signal.aborted) {
      await ask(() => http.get({ port, agent, host: '127.0.0.1' }));
      await pause(random() * longest);
    }
    agent.destroy();
  };
  // Every other one is opened some time before it is used, as browsers do.
  const oneShot = async (early: boolean): Promise<void> => {
    while (!stopping.signal.aborted) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      await onceEvent(socket, 'connect').catch(() => {});
      if (early) await pause(random() * 100);
      await ask(() => http.get({ port, createConnection: () => socket, headers: { connection: 'close' } }));
      await pause(random() * 10);
    }
  };
  const running = [
    ...Array.from({ length: KEEPING }, () => keeping(15)),
    ...Array.from({ length: IDLING }, () => keeping(1_500)),
    ...Array.from({ length: ONE_SHOT }, (_, index) => oneShot(index % 2 === 0)),
  ];
  onTestFinished(() => stopping.abort());
  return {
    seen,
    async more(count) {
      const wanted = seen.requests + count;
      await until(() => seen.requests >= wanted, { within: 60_000, message: () => `${wanted} requests` });
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
      return seen;
    },
  };
}

function exchange(request: http.ClientRequest): Promise<{ text: string; reused: boolean }> {
  return new Promise((resolve, reject) => {
    request.setTimeout(20_000, () => request.destroy(new Error('no answer within 20s')));
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data: string) => (text += data));
      response.once('error', reject);
      response.once('end', () => resolve({ text, reused: request.reusedSocket }));
    });
  });
}
