// Load on an app while a test does things to it. The generator is a process of its own, so that the test's work does not
// disturb it; what it does is in load/.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { hooksOf, type TestHooks } from './hooks.ts';
import { makeReport, type RawReport, type TrafficReport } from './traffic-report.ts';
import { inTime, onceEvent, until } from './until.ts';

export interface TrafficOptions {
  /** Where the app listens; `socketPath` for a unix socket. */
  port?: number;
  host?: string;
  socketPath?: string;
  /** Speak TLS, whoever the server says it is (default false). */
  tls?: boolean;
  /** Clients that keep their connection (default 8). */
  keepAlive?: number;
  /** Clients with a new connection per request (default 0). */
  oneShot?: number;
  /** Clients that ask for answers that take `slowMs` (default 0 clients, 3000 ms); every other one keeps its connection. */
  slow?: number;
  slowMs?: number;
  /** Clients that read bodies streamed over `streamMs` (default 0 clients, 4000 ms, 40 chunks); likewise. */
  stream?: number;
  streamMs?: number;
  chunks?: number;
  /** Share of requests that are POST with a body (default 0.4). */
  postShare?: number;
  /** Longest pause of a client in ms; longer than the keep-alive time of the server makes connections expire (default 6500). */
  maxIdle?: number;
  /** Share of pauses that are drawn from the whole of `maxIdle` (default 0.003). */
  longShare?: number;
  /** Upper end of the common short pauses in ms; sets the pace (default 20). */
  rest?: number;
  /** Share of requests whose head, and of POSTs whose body, comes in separate packets (default 0.1). */
  splitShare?: number;
  /** How long before the end of the announced keep-alive time clients stop using a connection (default 300). */
  idleMargin?: number;
  /** How long an answer may take on top of what was asked for (default 20 s). */
  timeout?: number;
  /** The same seed makes the same requests and pauses (default 1). */
  seed?: number;
  test?: TestHooks;
}

/** Clients of every kind: the load under which a reload must drop nothing. */
export const EVERYTHING: TrafficOptions = {
  keepAlive: 64,
  oneShot: 4,
  slow: 4,
  slowMs: 3_000,
  stream: 4,
  streamMs: 4_000,
  rest: 20,
};

export interface Traffic {
  /** Requests that have ended so far, and how many of them badly. A little behind the truth. */
  readonly requests: number;
  readonly failures: number;
  /** Waits until `count` more requests have ended. */
  more(count: number, within?: number): Promise<void>;
  /** Waits until `count` requests have ended since the start. */
  reached(count: number, within?: number): Promise<void>;
  /** Lets the requests under way finish, and tells everything. */
  stop(): Promise<TrafficReport>;
}

const DEFAULTS = {
  port: 0,
  host: '127.0.0.1',
  tls: false,
  keepAlive: 8,
  oneShot: 0,
  slow: 0,
  slowMs: 3_000,
  stream: 0,
  streamMs: 4_000,
  chunks: 40,
  postShare: 0.4,
  maxIdle: 6_500,
  longShare: 0.003,
  rest: 20,
  splitShare: 0.1,
  idleMargin: 300,
  timeout: 20_000,
  seed: 1,
};

// Each generator numbers its requests in a range of its own, so that several can write one log of POSTs.
const RANGE = 10_000_000;
let generators = 0;

/** Starts the clients; resolves when they run. The generator ends with the test at the latest. */
export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const { test, socketPath = null, ...given } = options;
  const child = fork(fileURLToPath(new URL('load/main.mjs', import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
  });
  hooksOf(test)?.onTestFinished(() => void child.kill('SIGKILL'));
  generators += 1;
  const progress = followProgress(child);
  child.send({ options: { ...DEFAULTS, ...given, socketPath, firstNumber: generators * RANGE + 1 } });
  await onceEvent(child, 'message');
  const startedAt = Date.now();

  const reached = async (count: number, within = 60_000): Promise<void> => {
    const message = (): string =>
      `${count} requests; there were ${progress.requests}, ${progress.failures} of them failed`;
    await until(() => progress.requests >= count || progress.ended, { within, message });
    if (progress.ended)
      throw new Error(`The load generator ended (${progress.ended}), with ${progress.requests} requests`);
  };
  return {
    get requests() {
      return progress.requests;
    },
    get failures() {
      return progress.failures;
    },
    reached,
    more: (count, within) => reached(progress.requests + count, within),
    async stop() {
      const report = reportOf(child);
      const limit = given.timeout ?? DEFAULTS.timeout;
      child.send({ stop: true });
      return makeReport(await inTime(report, limit + 15_000, 'the report of the load generator'), startedAt);
    },
  };
}

interface Progress {
  requests: number;
  failures: number;
  /** How the generator ended, when it did so by itself. */
  ended?: string;
}

function followProgress(child: ChildProcess): Progress {
  const progress: Progress = { requests: 0, failures: 0 };
  child.once('exit', (code, signal) => (progress.ended = `${signal ?? code}`));
  child.on('message', (message: { progress?: Progress }) => Object.assign(progress, message.progress));
  return progress;
}

function reportOf(child: ChildProcess): Promise<RawReport> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: { report?: RawReport }) => {
      if (message.report) resolve(message.report);
    });
    child.once('exit', (code, signal) => {
      const fail = (): void => reject(new Error(`The load generator ended: ${signal ?? code}`));
      // Node finds out about all children that have ended when one of them does, before it has read what they said (Node 20.20).
      if (child.connected) child.once('disconnect', fail);
      else fail();
    });
  });
}
