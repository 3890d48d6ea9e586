// The load generator, a process of its own. Told what to do, and asked to stop, over IPC by traffic.ts.
import { setMaxListeners } from 'node:events';
import { keepAliveClient, oneShotClient } from './clients.mjs';
import { seeded } from './random.mjs';
import { Recorder } from './recorder.mjs';
import { RequestMaker } from './requests.mjs';

const PROGRESS_EVERY = 50;

process.once('message', ({ options }) => start(options));
process.once('disconnect', () => process.exit());

function start(options) {
  const recorder = new Recorder();
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const target =
    options.socketPath === null
      ? { host: options.host, port: options.port, tls: options.tls }
      : { path: options.socketPath };
  const load = { target, recorder, maker: new RequestMaker(options), stopping: stop.signal, options };
  const clients = clientsOf(load, options);
  const progress = setInterval(() => {
    process.send({ progress: { requests: recorder.requests, failures: recorder.failures } });
  }, PROGRESS_EVERY);
  process.once('message', async () => {
    stop.abort();
    await Promise.all(clients);
    clearInterval(progress);
    process.send({ report: recorder.report() }, () => process.disconnect());
  });
  process.send({ started: true });
}

function clientsOf(load, options) {
  const counts = {
    'keep-alive': options.keepAlive,
    'one-shot': options.oneShot,
    slow: options.slow,
    stream: options.stream,
  };
  return Object.entries(counts).flatMap(([kind, count], kindIndex) =>
    Array.from({ length: count }, (_, index) => {
      const random = seeded(options.seed * 1_000_003 + kindIndex * 10_007 + index);
      // Of the slow ones, every other keeps its connection: it is busy when a reload begins, and idle in its middle.
      const keeps = kind === 'keep-alive' || (kind !== 'one-shot' && index % 2 === 0);
      return keeps ? keepAliveClient(load, random, kind) : oneShotClient(load, random, kind);
    }),
  );
}
