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
  /** How many of them the worker of the first slot has: about half. */
  readonly own: number;
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
  const counts = async (): Promise<number[] | false> => {
    const workers = (await box.app('api')).workers.map(({ connections }) => connections);
    return workers.reduce((sum, one) => sum + one, 0) === CONNECTIONS && workers;
  };
  const [own = 0] = await until(counts, { message: 'every connection is counted' });
  return { box, posts, idle, own };
}

/** Steps of the first slot as the command prints them, in their order. */
const MOMENTS = {
  'the new worker starts': /slot 0 {2}starting generation 2, pid \d+/,
  'the new worker is ready': /slot 0 {2}ready/,
  'the old worker is dismissed': /slot 0 {2}old worker dismissed/,
  'the old worker is gone': /slot 0 {2}old worker gone/,
};
type Moment = keyof typeof MOMENTS;
type Victim = 'old worker' | 'new worker' | 'daemon';

/** Reloads, and kills `victim` at that moment of the first slot. */
async function reloadAndKill(box: Sandbox, victim: Victim, moment: Moment): Promise<void> {
  const daemon = (await box.daemonPid())!;
  const oldWorker = (await box.app('api')).workers.find(({ slot }) => slot === 0)!.pid;
  const reload = box.spawnZdm(['reload', 'api']);
  await until(() => MOMENTS[moment].test(reload.stdout), { every: 1, message: moment });
  const newWorker = Number(/slot 0 {2}starting generation 2, pid (\d+)/.exec(reload.stdout)![1]);
  killHard({ daemon, 'old worker': oldWorker, 'new worker': newWorker }[victim]);
  await reload.ended(20_000);
  const settled = async (): Promise<boolean> => {
    const app = await box.app('api');
    return app.up === 2 && app.workers.length === 2 && app.operations.every(({ endedAt }) => endedAt !== null);
  };
  await until(settled, { within: 20_000, message: 'two workers serve' });
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

// What a killed process may take with it: its own connections, at most. After its move the new worker has those of both slots.
test.each<[Victim, Moment, number | 'its own']>([
  ['old worker', 'the new worker starts', 'its own'],
  ['old worker', 'the new worker is ready', 'its own'],
  ['old worker', 'the old worker is dismissed', 'its own'],
  ['new worker', 'the new worker starts', 0],
  ['new worker', 'the new worker is ready', CONNECTIONS],
  ['new worker', 'the old worker is dismissed', CONNECTIONS],
  ['new worker', 'the old worker is gone', CONNECTIONS],
  ['daemon', 'the new worker starts', 0],
  ['daemon', 'the new worker is ready', 0],
  ['daemon', 'the old worker is dismissed', 0],
  ['daemon', 'the old worker is gone', 0],
])('the %s is killed when %s', async (victim, moment, most) => {
  const setting = await startWithIdle();
  await reloadAndKill(setting.box, victim, moment);
  const lost = await checkAll(setting);
  expect(lost).toBeLessThanOrEqual(most === 'its own' ? setting.own : most);
  console.log(`the ${victim} took ${lost} of ${CONNECTIONS} connections with it`);
});
