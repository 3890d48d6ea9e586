// Promise: a process that is killed while connections move takes only the connections with it that it had itself. The others are
// answered, each request once.
import net from 'node:net';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { freePort } from '../helpers/ports.ts';
import { killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { inTime, onceEvent, until } from '../helpers/until.ts';

const CONNECTIONS = 400;

/** A connection that is idle until it is asked. */
class Idle {
  closed = false;
  private text = '';
  private answered: () => void = () => undefined;
  private readonly socket: net.Socket;

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (part) => {
      this.text += String(part);
      if (this.text.endsWith('}')) this.answered();
    });
    this.socket.on('error', () => undefined);
    this.socket.once('close', () => {
      this.closed = true;
      this.answered();
    });
  }

  async opened(): Promise<void> {
    await onceEvent(this.socket, 'connect');
  }

  /** True when it was answered, false when the connection has ended instead. */
  async post(n: number): Promise<boolean> {
    if (this.closed) return false;
    this.text = '';
    const done = new Promise<void>((resolve) => (this.answered = resolve));
    this.socket.write(`POST /?n=${n} HTTP/1.1\r\nHost: app\r\nContent-Length: 4\r\n\r\nbody`);
    await inTime(done, 20_000, `an answer to ${n}, or the end of its connection`);
    return this.text.startsWith('HTTP/1.1 200');
  }

  end(): void {
    this.socket.destroy();
  }
}

interface Setting {
  readonly box: Sandbox;
  readonly posts: string;
  readonly idle: readonly Idle[];
}

async function startWithIdle(): Promise<Setting> {
  const box = sandbox();
  const port = await freePort();
  const posts = path.join(box.work, 'posts.log');
  // A keep-alive time that no slow machine outlasts.
  const script = box.writeApp(
    `const { handler } = require('./http/shared/answer.js');
     require('node:http').createServer({ keepAliveTimeout: 60_000 }, handler).listen(${port});`,
  );
  box.copyFixture('http.js');
  await box.ok(['start', script, '--name', 'api', '-i', '2'], { env: { POST_LOG: posts } });
  const idle = Array.from({ length: CONNECTIONS }, () => new Idle(port));
  await Promise.all(idle.map((one) => one.opened()));
  expect(await Promise.all(idle.map((one, n) => one.post(n + 1)))).toEqual(idle.map(() => true));
  return { box, posts, idle };
}

/** Reloads, and kills `victim` when the first old worker is dismissed; the pids of that moment go into the choice. */
async function reloadAndKill(
  box: Sandbox,
  victim: (pids: { oldWorker: number; newWorker: number; daemon: number }) => number,
): Promise<void> {
  const daemon = (await box.daemonPid())!;
  const reload = box.spawnZdm(['reload', 'api']);
  const [, newPid, oldPid] = await until(
    () => /slot 0 {2}starting generation 2, pid (\d+)[^]*slot 0 {2}old worker dismissed, pid (\d+)/.exec(reload.stdout),
    { every: 1, message: 'the first old worker is dismissed' },
  );
  killHard(victim({ oldWorker: Number(oldPid), newWorker: Number(newPid), daemon }));
  await reload.ended(20_000);
  await until(
    async () => {
      const app = await box.app('api');
      return app.up === 2 && app.workers.length === 2 && app.operations.every(({ endedAt }) => endedAt !== null);
    },
    { within: 20_000, message: 'two workers serve' },
  );
}

/** Every connection is alive and answers, or has ended; returns how many have. No request was executed twice. */
async function checkAll({ posts, idle }: Setting): Promise<number> {
  const before = idle.filter(({ closed }) => closed).length;
  const answers = await Promise.all(idle.map((one, n) => one.post(1_000 + n)));
  const lost = answers.filter((answered) => !answered).length;
  // What has ended had ended when its process died, and not at the next request.
  expect(lost).toBe(before);
  const executed = readFileSync(posts, 'utf8').trim().split('\n');
  expect(new Set(executed).size).toBe(executed.length);
  expect(executed.length).toBe(CONNECTIONS + answers.length - lost);
  for (const one of idle) one.end();
  return lost;
}

test('the old worker is killed: what it had not given yet is lost, all else lives', async () => {
  const setting = await startWithIdle();
  await reloadAndKill(setting.box, ({ oldWorker }) => oldWorker);
  const lost = await checkAll(setting);
  expect(lost).toBeLessThanOrEqual(CONNECTIONS / 2);
  console.log(`${lost} of the old worker's ${CONNECTIONS / 2} connections were still its own`);
});

test('the new worker is killed: what it had taken is lost, all else lives', async () => {
  const setting = await startWithIdle();
  await reloadAndKill(setting.box, ({ newWorker }) => newWorker);
  const lost = await checkAll(setting);
  expect(lost).toBeLessThan(CONNECTIONS);
  console.log(`${lost} connections had gone to the new worker`);
});

test('the daemon is killed: nothing is lost', async () => {
  const setting = await startWithIdle();
  await reloadAndKill(setting.box, ({ daemon }) => daemon);
  expect(await checkAll(setting)).toBe(0);
});
