// Clients that never retry, in a process of their own: told `{port, keepAlive, oneShot}` they begin, told `stop` they say what they have seen.
import http from 'node:http';

const seen = { keepAlive: { ok: 0, failed: 0, connects: 0 }, oneShot: { ok: 0, failed: 0, connects: 0 } };
/** How long (ms) answers took, of those that keep their connection. */
const times = [];
const stopping = new AbortController();

process.on('message', (message) => {
  if (message === 'stop') stopping.abort();
  else void run(message);
});

async function run({ port, keepAlive, oneShot }) {
  await Promise.all([
    ...Array.from({ length: keepAlive }, () => client(port, 'keepAlive')),
    ...Array.from({ length: oneShot }, () => client(port, 'oneShot')),
  ]);
  times.sort((one, other) => one - other);
  const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
  process.send({ ...seen, p50: at(0.5), p99: at(0.99), worst: at(1) });
  process.disconnect();
}

async function client(port, kind) {
  const agent = new http.Agent({ keepAlive: kind === 'keepAlive', maxSockets: 1 });
  while (!stopping.signal.aborted) await exchange(port, agent, kind);
  agent.destroy();
}

function exchange(port, agent, kind) {
  const mine = seen[kind];
  return new Promise((done) => {
    const start = performance.now();
    const failed = () => {
      mine.failed += 1;
      // Nobody listens: not as often as the machine can.
      setTimeout(done, 10);
    };
    const request = http.get({ host: '127.0.0.1', port, agent, timeout: 10_000 }, (response) => {
      response.resume();
      response.once('error', failed).once('end', () => {
        mine.ok += 1;
        if (kind === 'keepAlive') times.push(performance.now() - start);
        done();
      });
    });
    request.once('error', failed).once('timeout', () => request.destroy(new Error('timeout')));
    request.once('socket', (socket) => {
      if (!socket.isKnown) mine.connects += 1;
      socket.isKnown = true;
    });
  });
}
