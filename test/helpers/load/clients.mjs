// The clients: one keeps its connection, the others open one per request. None ever sends a request twice.
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from './connection.mjs';
import { thinkingTime } from './random.mjs';
import { checkAnswer } from './requests.mjs';

/**
 * @typedef {object} Load everything that the clients of one generator share
 * @property {{ host?: string, port?: number, path?: string, tls?: boolean }} target
 * @property {import('./recorder.mjs').Recorder} recorder
 * @property {import('./requests.mjs').RequestMaker} maker
 * @property {AbortSignal} stopping
 * @property {{ timeout: number, maxIdle: number, longShare: number, rest: number, splitShare: number, idleMargin: number, slowMs: number, streamMs: number }} options
 */

const AFTER_FAILURE = 50;
const CLOSE_WITHIN = 5_000;

/**
 * Sends requests on one connection for as long as the server keeps it, and opens another only when it has ended.
 *
 * @param {Load} load
 * @param {() => number} random
 * @param {import('./requests.mjs').Kind} kind
 */
export async function keepAliveClient(load, random, kind) {
  /** @type {Connection | null} */
  let connection = null;
  while (!load.stopping.aborted) {
    // A fresh connection, too, may wait before its first request: browsers open connections in advance.
    connection = await openFor(load, kind, connection);
    if (connection !== null && (await think(load, random, connection))) {
      if (!(await exchange(load, connection, random))) await rest(load, AFTER_FAILURE);
    }
  }
  connection?.destroy();
}

/**
 * Opens a connection, sends one request with `Connection: close`, and checks that the server closes it in order.
 *
 * @param {Load} load
 * @param {() => number} random
 * @param {'one-shot' | 'slow' | 'stream'} kind
 */
export async function oneShotClient(load, random, kind) {
  while (!load.stopping.aborted) {
    const connection = new Connection(load.target, load.recorder, kind, false);
    const refused = await connection.opened(load.options.timeout);
    if (refused !== null) {
      load.recorder.fail(load.maker.make(kind, random, false), Date.now(), refused, connection.facts);
      await rest(load, AFTER_FAILURE);
      continue;
    }
    const went = await exchange(load, connection, random);
    if (went) await closedByServer(load, connection);
    connection.destroy();
    await rest(load, went ? random() * load.options.rest : AFTER_FAILURE);
  }
}

/**
 * @param {Load} load
 * @param {import('./requests.mjs').Kind} kind
 * @param {Connection | null} present
 */
async function openFor(load, kind, present) {
  if (present !== null && present.state === 'idle') return present;
  const connection = new Connection(load.target, load.recorder, kind, true);
  const refused = await connection.opened(load.options.timeout);
  if (refused === null) return connection;
  load.recorder.refused(kind, refused);
  await rest(load, AFTER_FAILURE);
  return null;
}

/**
 * Waits a while; whether the connection may be used after it. A client must not send close to the end of the announced
 * keep-alive time, where it would race with the server's own expiry: it waits for the end instead, as good HTTP clients do.
 *
 * @param {Load} load
 * @param {() => number} random
 * @param {Connection} connection
 */
async function think(load, random, connection) {
  const { idleMargin } = load.options;
  const time = thinkingTime(random, load.options);
  const limit = connection.keepAlive === null ? Infinity : connection.keepAlive - idleMargin;
  await Promise.race([rest(load, time), connection.ended]);
  if (connection.state !== 'idle' || load.stopping.aborted) return false;
  if (time <= limit && connection.idleFor <= limit) return true;
  await Promise.race([rest(load, connection.keepAlive + 2_000 - connection.idleFor), connection.ended]);
  connection.destroy();
  await connection.ended;
  return false;
}

/**
 * One request and its answer, recorded.
 *
 * @param {Load} load
 * @param {Connection} connection
 * @param {() => number} random
 */
async function exchange(load, connection, random) {
  const { recorder, options } = load;
  const { kind, keeps } = connection;
  const request = load.maker.make(kind, random, keeps);
  const sent = Date.now();
  const takes = { slow: options.slowMs, stream: options.streamMs }[kind] ?? 0;
  const outcome = await connection.ask(request, {
    timeout: options.timeout + takes,
    cuts: cutsOf(request, random, options.splitShare),
  });
  const checked = 'response' in outcome ? checkAnswer(request, outcome.response) : outcome;
  if ('answer' in checked) recorder.answered(request, sent, checked.answer);
  else {
    recorder.fail(request, sent, checked.reason, connection.facts);
    connection.destroy();
  }
  // A connection whose close was announced is not used again.
  if ('response' in outcome && outcome.response.close && keeps) {
    connection.destroy();
    await connection.ended;
  }
  return 'answer' in checked;
}

/**
 * Where the request is cut into packets: in the head, and a body may come later than its head.
 *
 * @param {import('./requests.mjs').Request} request
 * @param {() => number} random
 * @param {number} share
 */
function cutsOf(request, random, share) {
  const cuts = [];
  if (random() < share) cuts.push({ at: 1 + Math.floor(random() * (request.headLength - 2)), gap: random() * 20 });
  if (request.length > 0 && random() < share) cuts.push({ at: request.headLength, gap: random() * 20 });
  return cuts;
}

/**
 * @param {Load} load
 * @param {Connection} connection
 */
async function closedByServer(load, connection) {
  await Promise.race([connection.ended, pause(CLOSE_WITHIN, undefined, { ref: false })]);
  if (connection.state !== 'ended') load.recorder.notClosed += 1;
}

/**
 * @param {Load} load
 * @param {number} ms
 */
async function rest(load, ms) {
  // Nothing to wait for, but the other clients must have their turn.
  if (ms < 1) return void (await new Promise(setImmediate));
  await pause(ms, undefined, { signal: load.stopping }).catch(() => {});
}
