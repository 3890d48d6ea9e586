// Promise: whatever comes on a socket of zdm, however much of it and from however many, everybody else is served, and memory
// has a bound. (The long form: `npm run soak`.)
import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { PROTOCOL } from '../../daemon/protocol/contract.ts';
import { fuzzSocket, usageOf } from '../helpers/fuzz/sockets.mjs';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { onceEvent, until } from '../helpers/until.ts';
import { randomFrom } from '../helpers/random.mjs';

const MIB = 1024 * 1024;
const FRAMES = 8_000;
/** Files that a process opens in its first seconds for itself. */
const FEW = 5;
/** Two of them tell what is printed. */
const TOPICS = {
  apps: {},
  logs: { targets: ['api'], lines: 1000, streams: ['out'], follow: true },
  output: { targets: [], lines: 1000 },
};
/** Followers that never read, and what is printed meanwhile (bytes). */
const DEAF = 6;
const PRINTED = 100 * MIB;

async function startApp(
  box: Sandbox,
  source: string,
): Promise<{ daemon: number; master: number; socketOf: Record<string, string> }> {
  await box.ok(['start', box.writeApp(source), '-n', 'api', '--listen-timeout', '300']);
  const socketOf = { daemon: path.join(box.home, 'zdmd.sock'), master: path.join(box.home, 'master.sock') };
  return { daemon: (await box.daemonPid())!, master: (await box.app('api')).masterPid!, socketOf };
}

async function open(file: string): Promise<Socket> {
  const socket = connect(file).on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await onceEvent(socket, 'connect');
  return socket;
}

test.skipIf(process.platform !== 'linux')(
  `${FRAMES} frames without sense to the daemon and to the master`,
  async () => {
    const box = sandbox();
    const { daemon, master, socketOf } = await startApp(box, 'setInterval(() => {}, 1000);');
    const before = await box.app('api');
    const seed = Date.now() % 2 ** 32;
    const random = randomFrom(seed);
    for (const [what, pid] of [
      ['daemon', daemon],
      ['master', master],
    ] as const) {
      const report = await fuzzSocket({ path: socketOf[what]!, pid, frames: FRAMES, random });
      const facts = `${what}, seed ${seed}: ${JSON.stringify(report)}`;
      expect(report.frames, facts).toBeGreaterThanOrEqual(FRAMES);
      expect(report.ended, facts).toBeGreaterThan(10);
      expect(report.ping.asked, facts).toBeGreaterThan(0);
      expect(report.after.files, facts).toBeLessThan(report.before.files + FEW);
      // Node collects its garbage when the heap has doubled or so; after a million frames it is 70 MiB more, too.
      expect(report.highest - report.before.memory, facts).toBeLessThan(128 * MIB);
    }
    const { masterPid, generation, restarts, workers } = before;
    expect(await box.app('api')).toMatchObject({
      masterPid,
      generation,
      restarts,
      up: 1,
      workers: [{ pid: workers[0]!.pid }],
    });
    expect(await box.daemonPid()).toBe(daemon);
    expect(box.logs()).not.toMatch(/"event":"bug"/);
  },
);

test.skipIf(process.platform !== 'linux')('500 idle clients of each socket', async () => {
  const box = sandbox();
  const { daemon, master, socketOf } = await startApp(box, 'setInterval(() => {}, 1000);');
  for (const [what, pid] of [
    ['daemon', daemon],
    ['master', master],
  ] as const) {
    const before = usageOf(pid);
    const clients = await Promise.all(Array.from({ length: 500 }, () => open(socketOf[what]!)));
    const hello = `${JSON.stringify({ id: 1, method: 'hello', params: { protocol: PROTOCOL, version: '0', app: 'api' } })}\n`;
    await Promise.all(clients.map((client) => (client.write(hello), onceEvent(client, 'data'))));
    const grown = usageOf(pid).memory - before.memory;
    // A socket of Node with its buffers and our peer were 8 to 30 KiB (Node 20.20, 24.21).
    expect(grown, `${what}: ${Math.round(grown / 1024)} KiB`).toBeLessThan(500 * 64 * 1024);
    expect(await box.ok(['list'])).toMatch(/api/);
    for (const client of clients) client.destroy();
    await until(() => usageOf(pid).files < before.files + FEW, {
      message: () => `their files are closed: ${JSON.stringify([what, before, usageOf(pid)])}`,
    });
  }
});

test.skipIf(process.platform !== 'linux')(
  'followers of every topic that never read, while an app prints without end',
  async () => {
    const box = sandbox();
    const source = `const line = 'x'.repeat(2000); setInterval(() => { for (let i = 0; i < 100; i += 1) console.log(line); }, 10);`;
    const { daemon, socketOf } = await startApp(box, source);
    const before = usageOf(daemon).memory;
    for (let index = 0; index < DEAF; index += 1) {
      const deaf = await open(socketOf['daemon']!);
      deaf.pause();
      for (const [topic, params] of Object.entries(TOPICS))
        deaf.write(`${JSON.stringify({ id: topic, topic, params })}\n`);
    }
    const log = path.join(box.home, 'logs/api-out.log');
    await until(() => statSync(log).size > PRINTED, { within: 60_000, message: () => `${statSync(log).size} printed` });
    const grown = usageOf(daemon).memory - before;
    // All of it for two topics would be 1,200 MiB. Each follower has at most 2 MiB of text that it has not taken, twice that in
    // its socket, and what is just being written; with the garbage of 18 MB a second it was 240 MiB at most, after 500 MB too.
    expect(grown, `${Math.round(grown / MIB)} MiB`).toBeLessThan(400 * MIB);
    expect(await box.ok(['list'])).toMatch(/api/);
  },
);
