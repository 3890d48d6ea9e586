// Promise: connections move while their clients send. A thousand of them, POSTs at every moment around the move, heads in two
// packets, requests in a pipeline: each is answered exactly once, on the connection it was sent on, and the wire sees no reset.
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { checkPosts, summary, took } from '../helpers/traffic-report.ts';
import { inTime, onceEvent, until } from '../helpers/until.ts';

const CONNECTIONS = 1_000;
const RELOADS = 5;

/** Resets that this machine's kernel has sent so far; null where it does not say. */
function resetsSent(): number | null {
  if (process.platform !== 'linux') return null;
  const [names = '', values = ''] = readFileSync('/proc/net/snmp', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'));
  return Number(values.split(' ')[names.split(' ').indexOf('OutRsts')]);
}

/** Sends requests several at a time, without waiting for the answers in between; resolves with their number. */
async function pipeline(port: number, signal: AbortSignal): Promise<number> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  await onceEvent(socket, 'connect');
  const first = socket.localPort;
  let text = '';
  let n = 0;
  let wake = (): void => undefined;
  let ended: Error | undefined;
  socket.on('data', (part) => {
    text += String(part);
    wake();
  });
  socket.once('close', () => {
    ended = new Error('the connection was closed');
    wake();
  });
  socket.on('error', () => undefined);
  while (!signal.aborted) {
    const numbers = Array.from({ length: 1 + (n % 4) }, () => (n += 1));
    const sent = numbers.map((one) => `GET /?n=${one} HTTP/1.1\r\nHost: app\r\n\r\n`).join('');
    // In the middle of the last head.
    socket.write(sent.slice(0, -7));
    await new Promise(setImmediate);
    socket.write(sent.slice(-7));
    while (bodies(text).length < numbers.length) {
      if (ended) throw ended;
      const more = new Promise<void>((resolve) => (wake = resolve));
      await inTime(more, 10_000, `answers to ${numbers.join(', ')}`);
    }
    expect(bodies(text).map((body) => body.n)).toEqual(numbers);
    text = '';
  }
  expect(socket.localPort).toBe(first);
  socket.destroy();
  return n;
}

const bodies = (text: string): { n: number }[] =>
  [...text.matchAll(/\{"n":\d+[^}]*\}/g)].map(([body]) => JSON.parse(body) as { n: number });

test(`${CONNECTIONS} connections, POSTs at random moments: ${RELOADS} reloads, each answered once, no reset`, async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  const port = await freePort();
  const posts = path.join(box.work, 'posts.log');
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { PORT: `${port}`, POST_LOG: posts } });
  const resets = resetsSent();
  const traffic = await startTraffic({
    port,
    keepAlive: CONNECTIONS,
    postShare: 1,
    splitShare: 0.3,
    longShare: 1,
    maxIdle: 1_500,
  });
  const open = async (): Promise<number> =>
    (await box.app('api')).workers.reduce((sum, { connections }) => sum + connections, 0);
  await until(async () => (await open()) >= CONNECTIONS, { within: 30_000, message: 'all are connected' });
  const stop = new AbortController();
  const pipelines = Promise.all(Array.from({ length: 8 }, () => pipeline(port, stop.signal)));
  const speeds: string[] = [];
  for (let round = 1; round <= RELOADS; round += 1) {
    await Promise.race([traffic.more(1_500), pipelines]);
    expect(await box.ok(['reload', 'api'])).toMatch(/\b0 cut/);
    const { receipt, slots } = (await box.app('api')).operations.at(-1)!;
    expect(receipt!.moved).toBeGreaterThan(CONNECTIONS * 0.9);
    // Slot after slot; a worker is gone when its last connection is.
    const ms = slots.reduce((sum, { goneAfter }) => sum + (goneAfter ?? 0), 0);
    speeds.push(`${receipt!.moved} moved, ${Math.round((receipt!.moved * 1_000) / ms)} a second`);
  }
  await traffic.more(1_500);
  if (resets !== null) expect(resetsSent()! - resets).toBe(0);
  stop.abort();
  const pipelined = await pipelines;
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0, duplicates: [] });
  expect(checkPosts(posts, report)).toEqual({ missing: [], twice: [], unanswered: [] });
  expect(report.sockets['keep-alive']).toBe(CONNECTIONS + report.ends.expired);
  console.log(`${speeds.join('\n')}\nslowest of ${report.requests} POSTs: ${took(report.slowest!)} ms`);
  console.log(`${pipelined.reduce((a, b) => a + b)} requests in pipelines`);
});
