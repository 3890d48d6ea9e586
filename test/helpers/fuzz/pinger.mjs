// A client with manners, in a thread of its own, so that what it measures is the daemon and not the load: asks, waits for the
// answer, waits a little, asks again. Tells the quantiles of the times (ms) when it is told to stop.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const EVERY = 5;
const times = [];
const stopping = new AbortController();
parentPort.once('message', () => stopping.abort());

const socket = connect(workerData.path);
socket.setEncoding('utf8');
socket.once('close', () => {
  throw new Error(`It was not served any more after ${times.length} answers.`);
});
let answered = () => {};
socket.on('data', () => answered());
while (!stopping.signal.aborted) {
  const asked = performance.now();
  socket.write(`${JSON.stringify({ id: times.length, method: 'hello', params: workerData.hello })}\n`);
  await new Promise((resolve) => (answered = resolve));
  times.push(performance.now() - asked);
  await pause(EVERY);
}
socket.removeAllListeners('close').destroy();
times.sort((one, other) => one - other);
const at = (share) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] * 10) / 10;
// eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
parentPort.postMessage({ asked: times.length, p50: at(0.5), p99: at(0.99), max: at(1) });
