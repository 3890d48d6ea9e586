// Promise: a program that calls init() of zdm/master at its top has the master that users of master-process know, and reloads,
// crashes and ends without a lost request.
import { chmodSync, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { childrenOf, isAlive } from '../helpers/processes.ts';
import { installZdm, type Installed } from '../helpers/program.ts';
import { type LiveProcess, run, spawnLive } from '../helpers/run.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const CLEAN = { failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] };

/** What every worker of these tests answers. */
interface Answer {
  readonly pid: number;
  readonly index: string;
  readonly reload: string;
  readonly parent: string;
  readonly heard: readonly string[];
}

const SERVER = `
  const heard = [];
  process.on('message', (message) => heard.push(message));
  const answers = {
    '/exit0': () => process.exit(0),
    '/exit1': () => process.exit(1),
    '/SIGKILL': () => process.kill(process.pid, 'SIGKILL'),
    '/SIGTERM': () => process.kill(process.pid, 'SIGTERM'),
    '/throw': () => { throw new Error('as asked'); },
    '/grow': () => { globalThis.kept = Array.from({ length: 40 }, () => Buffer.alloc(4 * 1024 * 1024, 1)); },
    '/burn': () => setInterval(() => { for (const end = Date.now() + 95; Date.now() < end;); }, 100),
    '/pause': () => process.send(JSON.stringify({ msg: 'pause_monitoring' })),
    '/resume': () => process.send(JSON.stringify({ msg: 'resume_monitoring' })),
  };
  const { WORKER_INDEX, RELOAD_INDEX, PPID, PORT } = process.env;
  const server = http.createServer((request, response) => {
    // What the load generator asks.
    if (request.url.includes('n=')) return handler(request, response);
    const slow = /^\\/slow\\?ms=(\\d+)/.exec(request.url)?.[1] ?? 0;
    const body = { pid: process.pid, index: WORKER_INDEX, reload: RELOAD_INDEX, parent: PPID, heard };
    setTimeout(() => response.end(JSON.stringify(body)), Number(slow));
    response.once('close', () => answers[request.url]?.());
  });
`;
const LISTEN = `server.listen(PORT);`;

const CJS = `const cluster = require('cluster');
  const http = require('http');
  const { handler } = require('./shared/answer.js');
  if (cluster.isMaster && process.env.NODE_ENV !== 'test') {
    require('zdm/master').init();
    return;
  }`;
const IMPORTS = `import http from 'node:http';
  import shared from './shared/answer.js';
  import { init } from 'zdm/master';
  const { handler } = shared;`;
const ESM = `${IMPORTS} init();`;

interface Program {
  readonly box: Sandbox;
  readonly port: number;
  readonly installed: Installed;
  readonly live: LiveProcess;
}

/** Starts a program with that text; with `server: false` it need not come up. */
async function started(
  source: string,
  { env = {}, kind = 'mjs', up = true }: { env?: Record<string, string>; kind?: 'mjs' | 'cjs'; up?: boolean } = {},
): Promise<Program> {
  const box = sandbox();
  const installed = installZdm(path.join(box.work, 'program'));
  box.copyFixture('http.js', 'program');
  const script = box.writeFile(path.join('program', `app.${kind}`), source);
  const port = await freePort();
  const live = spawnLive(script, [], { cwd: installed.folder, env: { ...box.env, PORT: `${port}`, ...env } });
  onTestFinished(() => live.kill('SIGKILL'));
  if (up) await live.waitFor(/app is online/);
  return { box, port, installed, live };
}

async function answer(port: number, url = '/', options: Parameters<typeof ask>[2] = {}): Promise<Answer> {
  return JSON.parse((await ask(port, url, options)).text) as Answer;
}

/** The worker of each slot, by its index. */
async function workersOf(port: number, count: number): Promise<Map<string, Answer>> {
  const workers = new Map<string, Answer>();
  await until(
    async () => {
      const one = await answer(port);
      workers.set(one.index, one);
      return workers.size === count;
    },
    { every: 5, message: () => `${workers.size} of ${count} workers answered` },
  );
  return workers;
}

const RELOADED = /app reload .* done in/g;

async function reloads(live: LiveProcess, times: number): Promise<void> {
  const count = (): number => live.output.match(RELOADED)?.length ?? 0;
  await until(() => count() >= times, { within: 30_000, message: () => `reload ${times} in\n${live.output}` });
}

describe.each([
  ['CommonJS', CJS, 'cjs'],
  ['an ES module', ESM, 'mjs'],
] as const)('in %s', (_, head, kind) => {
  const source = `${head}${SERVER}${LISTEN}`;

  test('the primary is the master and runs nothing of the app; the workers know who they are', async () => {
    const { port, live } = await started(`${source} console.log('app in ' + process.pid)`, {
      kind,
      env: { WORKERS: '2' },
    });
    const workers = await workersOf(port, 2);
    expect([...workers.keys()].toSorted()).toEqual(['0', '1']);
    for (const { parent, reload } of workers.values()) expect([parent, reload]).toEqual([`${live.pid}`, '0']);
    expect(live.stdout.match(/app in \d+/g)?.toSorted()).toEqual(
      [...workers.values()].map(({ pid }) => `app in ${pid}`).toSorted(),
    );
    live.kill('SIGTERM');
    expect(await live.ended()).toMatchObject({ code: 0 });
    expect(await accepts(port)).toBe(false);
  });

  test('three reloads in a row by SIGHUP drop nothing and replace each worker in its slot', async () => {
    const { port, live } = await started(source, { kind, env: { WORKERS: '2' } });
    const before = await workersOf(port, 2);
    const traffic = await startTraffic({ port, keepAlive: 16, oneShot: 2 });
    for (let reload = 1; reload <= 3; reload += 1) {
      live.kill('SIGHUP');
      await reloads(live, reload);
    }
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject(CLEAN);
    const after = await workersOf(port, 2);
    expect([...after.values()].map(({ reload }) => reload)).toEqual(['3', '3']);
    for (const { pid } of before.values()) expect(isAlive(pid)).toBe(false);
    expect([...after.values()].every(({ parent }) => parent === `${live.pid}`)).toBe(true);
  });
});

describe('a worker that ends unasked', () => {
  test.each(['/exit0', '/exit1', '/SIGKILL', '/SIGTERM', '/throw'])(
    'by %s is replaced in its own slot',
    async (url) => {
      const { port, live } = await started(ESM + SERVER + LISTEN, { env: { WORKERS: '2', WORKER_THROTTLE: '1ms' } });
      const before = await workersOf(port, 2);
      const { index, pid } = await answer(port, url);
      await until(() => !isAlive(pid), { message: 'it has ended' });
      const after = await until(
        async () => {
          const workers = await workersOf(port, 2);
          return workers.get(index)?.pid !== pid && workers;
        },
        { message: () => live.output },
      );
      const other = index === '0' ? '1' : '0';
      expect(after.get(other)!.pid).toBe(before.get(other)!.pid);
      expect(after.get(index)!.reload).toBe('0');
    },
  );

  test('soon after its start waits for the throttle, and twice as long the next time', async () => {
    const began = `console.log('began at', Math.round(performance.timeOrigin));`;
    const source = `${ESM}${began}${SERVER}server.listen(PORT, () => setTimeout(() => process.exit(1), 150));`;
    const { live } = await started(source, { env: { WORKER_THROTTLE: '700ms' }, up: false });
    const starts = (): number[] => [...live.output.matchAll(/began at (\d+)/g)].map(([, at]) => Number(at));
    await until(() => starts().length >= 3, { message: () => live.output });
    const [first = 0, second = 0, third = 0] = starts();
    // Counted from the start of the worker that died: 700, 1400 ms. How long they take to boot does not matter.
    expect(second - first).toBeGreaterThan(600);
    expect(third - second).toBeGreaterThan(1_300);
  });

  test('at boot is tried again for ever, and the program does not end', async () => {
    const source = `${ESM} throw new Error('bad from the start');`;
    const { live } = await started(source, {
      env: { WORKER_THROTTLE: '50ms', RESTART_BACKOFF: 'constant' },
      up: false,
    });
    await until(() => (live.output.match(/ended with exit code 1/g)?.length ?? 0) > 20, { message: () => live.output });
    expect(isAlive(live.pid)).toBe(true);
    live.kill('SIGTERM');
    expect(await live.ended()).toMatchObject({ code: 0 });
  });
});

test('a reload with code that does not come up leaves the old workers serving', async () => {
  const { box, port, live } = await started(ESM + SERVER + LISTEN);
  const { pid } = await answer(port);
  box.writeFile('program/app.mjs', `${ESM} throw new Error('bad release');`);
  live.kill('SIGHUP');
  await live.waitFor(/app reload .* failed .* ended with exit code 1/);
  expect((await answer(port)).pid).toBe(pid);
});

test('two workers that are slow to listen: the old ones serve until then', async () => {
  const slow = `${ESM}${SERVER}setTimeout(() => server.listen(PORT), 700);`;
  const { port, live } = await started(slow, { env: { WORKERS: '2' } });
  const traffic = await startTraffic({ port, keepAlive: 8, oneShot: 2 });
  live.kill('SIGHUP');
  await reloads(live, 1);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
});

test('a worker that refuses to exit is killed after MAX_KILL_TIMEOUT', async () => {
  const stubborn = `${ESM}${SERVER}${LISTEN} process.on('SIGTERM', () => {}); process.on('SIGINT', () => {});`;
  const { port, live } = await started(stubborn, { env: { MAX_KILL_TIMEOUT: '400ms' } });
  const { pid } = await answer(port);
  live.kill('SIGTERM');
  expect(await live.ended(5_000)).toMatchObject({ code: 0 });
  expect(isAlive(pid)).toBe(false);
  expect(live.output).toMatch(/did not stop and was killed/);
});

test('PORT may be a unix socket: a stale file is no hindrance, everybody of the group may write, and it is gone in the end', async () => {
  const box = sandbox();
  const file = path.join(box.work, 'app.sock');
  const bind = box.writeApp(
    `require('net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`,
  );
  await run(bind, []);
  expect(existsSync(file)).toBe(true);
  const { live } = await started(ESM + SERVER + LISTEN, { env: { PORT: file, WORKERS: '2' } });
  expect(statSync(file).mode & 0o777).toBe(0o664);
  expect((await ask(0, '/', { socketPath: file })).status).toBe(200);
  chmodSync(file, 0o600);
  live.kill('SIGHUP');
  await reloads(live, 1);
  expect(statSync(file).mode & 0o777).toBe(0o664);
  expect((JSON.parse((await ask(0, '/', { socketPath: file })).text) as Answer).reload).toBe('1');
  live.kill('SIGTERM');
  await live.ended();
  expect(existsSync(file)).toBe(false);
});

describe('resources', () => {
  const LIMITS = { MONITOR_GRACE: '0', MEM_MONITOR_FAILURES: '2', CPU_MONITOR_FAILURES: '2' };

  test('a worker above MAX_MEMORY_ALLOWED_MB is told, then replaced, its successor first, and that is told why', async () => {
    const { port, live } = await started(ESM + SERVER + LISTEN, { env: { ...LIMITS, MAX_MEMORY_ALLOWED_MB: '150' } });
    const traffic = await startTraffic({ port, keepAlive: 4 });
    const { pid } = await answer(port, '/grow');
    await live.waitFor(/app replace begins, by zdm \(memory \d+M, limit 150M\)/);
    await live.waitFor(/app replace done/);
    const report = await traffic.stop();
    expect(report, summary(report)).toMatchObject({ failures: 0, resets: 0, forcedReconnects: 0 });
    const after = await until(async () => (await answer(port)).heard.length > 0 && answer(port), { message: 'told' });
    expect(JSON.parse(after.heard[0]!)).toEqual({
      msg: 'replace_faulty_worker',
      reason: 'used too much memory',
      old_pid: pid,
      new_pid: after.pid,
    });
    expect(live.output.indexOf('old worker dismissed')).toBeGreaterThan(live.output.indexOf(`ready after`));
  });

  test('mem_high is told to a worker above 80 %', async () => {
    const { port } = await started(ESM + SERVER + LISTEN, { env: { ...LIMITS, MAX_MEMORY_ALLOWED_MB: '230' } });
    await answer(port, '/grow');
    const { heard } = await until(async () => (await answer(port)).heard.length > 0 && answer(port), {
      message: 'told',
    });
    const { msg, mem_perc } = JSON.parse(heard[0]!) as { msg: string; mem_perc: number };
    expect(msg).toBe('mem_high');
    expect(mem_perc).toBeGreaterThan(80);
  });

  test('above MAX_CPU_ALLOWED it is replaced; not while monitoring is paused, by a worker or by SIGUSR2', async () => {
    const { port, live } = await started(ESM + SERVER + LISTEN, { env: { ...LIMITS, MAX_CPU_ALLOWED: '60' } });
    live.kill('SIGUSR2');
    await live.waitFor('zdm: limits pause: signal SIGUSR2');
    const { pid } = await answer(port, '/burn');
    // Some seconds in which it would be replaced; each answer takes as long as the loop is blocked.
    const stays = async (): Promise<void> => {
      const since = Date.now();
      await until(() => Date.now() - since > 3_500, { message: 'some samples' });
      expect((await answer(port)).pid).toBe(pid);
    };
    await stays();
    live.kill('SIGUSR2');
    await live.waitFor('zdm: limits hold again: signal SIGUSR2');
    await answer(port, '/pause');
    await stays();
    await answer(port, '/resume');
    await live.waitFor(/app replace begins, by zdm \(CPU \d+%, limit 60%\)/);
    await until(async () => (await answer(port)).pid !== pid, { message: 'another one answers' });
  });
});

test('when another version of zdm was installed, a reload ends it with 1 for the service manager, and drops no request', async () => {
  const { port, live, installed } = await started(ESM + SERVER + LISTEN);
  installed.changeVersion('99.0.0');
  const slow = ask(port, '/slow?ms=800');
  await until(async () => (await answer(port)).index === '0', { message: 'it answers' });
  live.kill('SIGHUP');
  expect((await slow).status).toBe(200);
  expect(await live.ended()).toMatchObject({ code: 1 });
  expect(live.stderr).toMatch(/zdm 99\.0\.0 is installed, and this is .*: ending with exit code 1/);
});

describe('the function form', () => {
  const FORM = `${IMPORTS}
    const server = init(() => {${SERVER} return ${LISTEN}});
    console.log('returned in ' + process.pid + ': ' + (server instanceof http.Server));`;

  test.each<Record<string, string>>([{ NODE_ENV: 'production' }, { ENABLE_WORKERS: 'true' }])(
    'is clustered with %j',
    async (env) => {
      const { port, live } = await started(FORM, { env });
      const { pid, parent } = await answer(port);
      expect(parent).toBe(`${live.pid}`);
      expect(live.stdout).toBe(`returned in ${pid}: true\n`);
      live.kill('SIGUSR1');
      await reloads(live, 1);
      expect((await answer(port)).reload).toBe('1');
    },
  );

  test('else just runs here', async () => {
    const { port, live } = await started(FORM, { up: false });
    await live.waitFor(`returned in ${live.pid}: true`);
    await until(() => accepts(port), { message: 'it listens' });
    expect((await answer(port)).pid).toBe(live.pid);
    expect(childrenOf(live.pid)).toEqual([]);
  });
});

test('under zdm it steps aside', async () => {
  const box = sandbox();
  installZdm(path.join(box.work, 'program'));
  box.copyFixture('http.js', 'program');
  const script = box.writeFile('program/app.mjs', ESM + SERVER + LISTEN);
  const port = await freePort();
  await box.ok(['start', script, '-n', 'api', '-i', '2'], { env: { PORT: `${port}` } });
  const { workers, masterPid } = await box.app('api');
  expect(workers.map(({ pid }) => pid)).toContain((await answer(port)).pid);
  expect((await answer(port)).parent).toBe(`${masterPid}`);
  for (const { pid } of workers) expect(childrenOf(pid)).toEqual([]);
});

test.each<[Record<string, string>, RegExp]>([
  [{ WORKERS: 'many' }, /workers \(or WORKERS\): expected a number of workers, "MAX" or "AUTO", got "many"/],
  [{ WORKER_THROTTLE: 'soon' }, /workerThrottle \(or WORKER_THROTTLE\): expected a duration/],
  [{ MAX_MEMORY_ALLOWED_MB: '-1' }, /maxMemoryAllowedMb \(or MAX_MEMORY_ALLOWED_MB\): expected a number above 0/],
])('settings that make no sense are refused: %j', async (env, message) => {
  const { live } = await started(ESM + SERVER + LISTEN, { env, up: false });
  expect(await live.ended()).toMatchObject({ code: 1, stderr: expect.stringMatching(message) as string });
});
