// Says what nobody should say to a socket of zdm, on many connections at once: whole, in pieces, slowly, and broken off.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { frameMaker } from './frames.mjs';

const CONNECTIONS = 16;
const BATCH = 100;
const ANSWER_WITHIN = 20_000;
const LOOK_EVERY = 250;
/** The daemon takes no notice of the app, to which all that a master hears belongs. */
const HELLO = { protocol: 2, version: 'fuzz', app: 'api' };

/** Resident bytes and open files of a process. Linux. */
export function usageOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { memory: Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024, files: readdirSync(`/proc/${pid}/fd`).length };
}

/**
 * Sends `frames` frames to the socket at `path`, which the process `pid` serves; tells what came of it, see sockets.d.mts.
 * Throws when somebody is not served.
 */
export async function fuzzSocket({ path, pid, frames, random }) {
  const make = frameMaker(random);
  const before = usageOf(pid);
  const report = { frames: 0, seconds: 0, ended: 0, before, middle: 0, highest: before.memory, after: before };
  const started = performance.now();
  const pinger = new Worker(fileURLToPath(new URL('pinger.mjs', import.meta.url)), {
    workerData: { path, hello: HELLO },
  });
  const failed = once(pinger, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  const looking = setInterval(() => {
    const { memory } = usageOf(pid);
    report.highest = Math.max(report.highest, memory);
    if (report.frames < frames / 2) report.middle = memory;
  }, LOOK_EVERY);
  const slow = slowly(path);
  const all = Array.from({ length: CONNECTIONS }, () => molest(path, random, make, report, frames));
  try {
    await Promise.race([Promise.all(all), failed, slow.failed]);
    await slow.stop();
    // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
    pinger.postMessage('stop');
    const [ping] = await Promise.race([once(pinger, 'message'), failed]);
    report.seconds = Math.round((performance.now() - started) / 100) / 10;
    report.after = await settled(pid, before);
    return { ...report, ping };
  } finally {
    clearInterval(looking);
    await pinger.terminate();
  }
}

/** One connection after the other, until all frames together have been sent. */
async function molest(path, random, make, report, frames) {
  let visit = await join(path);
  while (report.frames < frames) {
    let ends = false;
    const parts = [];
    while (parts.length < BATCH && !ends) {
      const frame = make();
      ends = frame.ends;
      parts.push(frame.bytes);
    }
    report.frames += parts.length;
    const text = Buffer.concat(parts);
    if (ends) {
      report.ended += 1;
      // Half of them go without a word.
      if (random() < 0.5) await visit.leave(text);
      else breakOff(visit.socket, text);
      visit = await join(path);
      continue;
    }
    await inPieces(visit.socket, text, random);
    await visit.isServed();
  }
  visit.socket.destroy();
}

/** Without waiting for anything. */
function breakOff(socket, text) {
  socket.write(text, () => socket.destroy());
}

/** Pieces that know nothing of frames, between those of the other connections. */
async function inPieces(socket, text, random) {
  for (let from = 0; from < text.length;) {
    const size = Math.ceil(random() * 20_000);
    socket.write(text.subarray(from, from + size));
    from += size;
    if (random() < 0.3) await turn();
  }
}

async function join(path) {
  const socket = connect(path).on('error', () => {});
  await once(socket, 'connect');
  let count = 0;
  let tail = '';
  let check = () => {};
  socket.setEncoding('latin1').on('data', (data) => {
    tail = (tail + data).slice(-200_000);
    check();
  });
  return {
    socket,
    /** Says something proper after all that, and waits for the answer to it. */
    async isServed() {
      count += 1;
      const mark = `{"id":"proper ${count}",`;
      socket.write(`\n${JSON.stringify({ id: `proper ${count}`, method: 'hello', params: HELLO })}\n`);
      await within(
        ANSWER_WITHIN,
        'a proper question is answered',
        (done) => (check = () => tail.includes(mark) && done()),
      );
      tail = '';
    },
    /** Says it and waits until the other side hangs up, or has understood. */
    async leave(text) {
      socket.end(text);
      await within(ANSWER_WITHIN, 'the other side hangs up', (done) => void socket.once('close', done));
    },
  };
}

/** A proper question, a byte at a time, again and again. */
function slowly(path) {
  const stopping = new AbortController();
  const run = async () => {
    const visit = await join(path);
    for (let id = 0; !stopping.signal.aborted; id += 1) {
      for (const byte of `${JSON.stringify({ id, method: 'hello', params: HELLO })}\n`) {
        visit.socket.write(byte);
        await pause(1);
      }
      await visit.isServed();
    }
    visit.socket.destroy();
  };
  const running = run();
  const failed = running.then(() => new Promise(() => {}));
  failed.catch(() => {});
  return {
    failed,
    stop() {
      stopping.abort();
      return running;
    },
  };
}

/** When its connections are gone, and so is what it had for them, as far as it goes within a while. */
async function settled(pid, before) {
  for (let look = 0; look < 100; look += 1) {
    if (usageOf(pid).files < before.files + CONNECTIONS / 2) break;
    await pause(50);
  }
  return usageOf(pid);
}

async function within(ms, what, begin) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not within ${ms} ms: ${what}`)), ms);
  });
  try {
    await Promise.race([new Promise((resolve) => begin(resolve)), late]);
  } finally {
    clearTimeout(timer);
  }
}
