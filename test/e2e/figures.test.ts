// Promise: what an app does can be watched: figures with their past, which survives the daemon; what happened and who asked for
// it; every line with its worker and time. Watching costs next to nothing, and nothing at all while nobody does.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AppHistory, OutputLine } from '../../daemon/protocol/model.ts';
import { talkToDaemon, type Daemon, type Followed } from '../helpers/daemon.ts';
import { ask } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { killHard } from '../helpers/processes.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { startTraffic } from '../helpers/traffic.ts';
import { until } from '../helpers/until.ts';

const MIB = 1024 * 1024;
/**
 * What a process may grow by while it takes another two million lines (bytes): as long as there is memory, Node leaves a lot of
 * garbage lie. To remember the lines would take five times that.
 */
const GROWTH = 128 * MIB;

async function start(box: Sandbox, script: string, ...flags: string[]): Promise<number> {
  const port = await freePort();
  await box.ok(['start', script, '-n', 'api', ...flags], { env: { PORT: `${port}` } });
  return port;
}

async function historyOf(daemon: Daemon, name: string): Promise<AppHistory> {
  const found = (await daemon.call('history', {})).find((one) => one.name === name);
  return found ?? expect.unreachable(`no history of ${name}`);
}

const most = (values: readonly (number | null)[]): number => Math.max(0, ...values.map((value) => value ?? 0));
const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

test('the past of a busy app, across a reload and kill -9 of the daemon', async () => {
  const box = sandbox();
  const port = await start(box, box.copyFixture('blocks.js', 'api'), '-i', '2');
  await box.ok(['start', 'sleep', '-n', 'job', '--min-uptime', '100', '--', '1000']);
  const daemon = await talkToDaemon(box.home);
  const traffic = await startTraffic({ port, keepAlive: 8, oneShot: 2 });
  await traffic.more(200);
  // Not before it is looked at: that its boot blocks is nobody's concern.
  await until(
    async () => {
      const { workers } = await historyOf(daemon, 'api');
      return workers.filter(({ lag }) => (lag.at(-1) ?? null) !== null).length === 2;
    },
    { message: 'both workers are looked at' },
  );
  const blocked = ask(port, '/block?ms=700');
  let last: AppHistory | undefined;
  await until(
    async () => {
      const { total } = (last = await historyOf(daemon, 'api'));
      return most(total.lag) > 300 && most(total.latency) > 0 && most(total.cpu) > 0 && most(total.requests) > 0;
    },
    { message: () => `its figures are in the history: ${JSON.stringify(last)}` },
  );
  await blocked;
  const before = await historyOf(daemon, 'api');
  expect(most(before.total.connections)).toBeGreaterThanOrEqual(8);
  expect(most(before.total.memory)).toBeGreaterThan(20 * MIB);
  const { workers } = await box.app('api');
  expect(before.workers.map(({ id }) => id)).toEqual(workers.map(({ id }) => id));

  killHard((await box.daemonPid())!);
  await box.ok(['reload', 'api']);
  const again = await talkToDaemon(box.home);
  const longer = await until(
    async () => {
      const now = await historyOf(again, 'api');
      const fresh = now.workers.filter(({ id, cpu }) => cpu.length > 1 && before.workers.every((old) => old.id !== id));
      return fresh.length === 2 && now.workers.length === 2 && now;
    },
    { message: 'the new workers have a history' },
  );
  for (const key of ['cpu', 'memory', 'requests', 'lag', 'latency'] as const)
    expect(longer.total[key].slice(0, before.total[key].length), key).toEqual(before.total[key]);
  expect(longer.total.cpu.length).toBeGreaterThan(before.total.cpu.length);
  // Each request was counted once, whichever generation answered it.
  const { requests } = await traffic.stop();
  await until(
    async () => {
      const { total } = await historyOf(again, 'api');
      return total.requests.reduce<number>((sum, value) => sum + (value ?? 0), 0) === requests + 1;
    },
    { message: () => `${requests} requests in the history` },
  );
  // Of a process that is not ours to look into, the system tells two figures.
  const job = await historyOf(again, 'job');
  expect(most(job.total.memory)).toBeGreaterThan(0);
  expect([job.total.requests, job.total.lag, job.workers[0]!.connections].flat()).not.toContain(0);
});

test('while nothing happens but requests, figures come once a second, and nothing else', async () => {
  const box = sandbox();
  const port = await start(box, box.copyFixture('http.js', 'api'), '-i', '2');
  const traffic = await startTraffic({ port, keepAlive: 8, oneShot: 2 });
  await traffic.more(100);
  const daemon = await talkToDaemon(box.home);
  const { events } = daemon.follow('apps', {});
  const figures = (): { at: number; requests: number }[] =>
    events.flatMap(({ at, event }) =>
      event.type === 'figures'
        ? event.figures.map(({ workers }) => ({ at, requests: workers.reduce((sum, one) => sum + one.requests, 0) }))
        : [],
    );
  // What the start left to tell is told by then.
  await until(() => figures().length >= 2, { message: 'the first figures' });
  events.length = 0;
  await until(() => figures().length >= 5, { within: 20_000, message: 'five seconds' });
  expect(events.map(({ event }) => event.type)).toEqual(events.map(() => 'figures'));
  const seen = figures();
  for (const [index, { at, requests }] of seen.entries()) {
    if (index === 0) continue;
    expect(at - seen[index - 1]!.at).toBeGreaterThan(700);
    expect(requests).toBeGreaterThan(seen[index - 1]!.requests);
  }
  // They are in the mirror, too.
  const [app] = await daemon.call('list', {});
  expect(app!.workers.reduce((sum, one) => sum + one.requests, 0)).toBeGreaterThanOrEqual(seen.at(-1)!.requests);
  await traffic.stop();
});

test('a receipt that goes on while an old worker drains is told, although nothing else happens', async () => {
  const box = sandbox();
  const port = await start(box, box.copyFixture('http.js', 'api'), '--kill-timeout', '300');
  const daemon = await talkToDaemon(box.home);
  const rest = ask(port, '/stream?ms=60000').catch(() => undefined);
  // Longer than a reload waits for requests in flight.
  const short = ask(port, '/slow?ms=9000');
  await until(async () => (await daemon.call('list', {}))[0]!.workers[0]!.connections === 2, {
    message: 'both are in flight',
  });
  await box.ok(['reload', 'api']);
  const app = async () => (await daemon.call('list', {}))[0]!;
  expect((await app()).operations.at(-1)!.receipt).toMatchObject({ open: 2, drained: 0 });
  await short;
  await until(async () => (await app()).operations.at(-1)!.receipt?.drained === 1, { message: 'one has drained' });
  const { operations, events } = await app();
  expect(operations.at(-1)!.receipt).toMatchObject({ open: 1, drained: 1, cut: 0 });
  expect(events.at(-1)).toMatchObject({ type: 'operation', receipt: operations.at(-1)!.receipt });
  await box.ok(['stop', 'api']);
  await rest;
});

test('what happened: a crash, and a reload with who asked for it; both outlive a stop', async () => {
  const box = sandbox();
  const port = await start(box, box.copyFixture('crashes-on-request.js', 'api'));
  await ask(port, '/crash').catch(() => undefined);
  await until(async () => (await box.app('api')).restarts === 1 && (await box.app('api')).up === 1, {
    message: 'the worker is back',
  });
  await box.ok(['reload', 'api', '--prove', `http://127.0.0.1:${port}/?secret=1`]);
  const { events } = await box.app('api');
  expect(events).toMatchObject([
    { type: 'operation', kind: 'start', from: 0, to: 1, reason: null },
    { type: 'exit', slot: 0, generation: 1, code: 1, signal: null },
    { type: 'operation', kind: 'reload', from: 1, to: 2, reason: null, receipt: { replaced: 1, slots: 1 } },
  ]);
  const by = events.map((event) => (event.type === 'operation' ? event.by : ''));
  expect(by).toEqual([
    expect.stringMatching(/^\S+ \(zdm start \/.*\)$/),
    '',
    expect.stringMatching(/^\S+ \(zdm reload api\)$/),
  ]);
  expect(await box.ok(['describe', 'api'])).toContain(`reload g1 → g2 done, 1/1`);
  expect(await box.ok(['describe', 'api'])).toContain(` (${by[2]})`);
  await box.ok(['stop', 'api']);
  await until(async () => (await box.app('api')).masterPid === null, { message: 'it has left the master' });
  expect((await box.app('api')).events.map((event) => event.type)).toEqual([
    'operation',
    'exit',
    'operation',
    'operation',
  ]);
});

/** Says who it is, and goodbye; GET /flood prints 100,000 lines. */
const PRINTER = `
  const { NODE_APP_INSTANCE: slot, ZDM_GENERATION: generation } = process.env;
  console.log('out ' + slot + ' g' + generation);
  console.error('err ' + slot + ' g' + generation);
  process.once('SIGINT', () => {
    console.log('goodbye');
    process.exit();
  });
  require('node:http').createServer((request, response) => {
    for (let block = 0; block < 100 && request.url === '/flood'; block += 1)
      process.stdout.write(Array.from({ length: 1000 }, (_, i) => 'line ' + (block * 1000 + i + 1) + '\\n').join(''));
    console.log('asked for ' + request.url);
    response.end();
  }).listen(process.env.PORT);`;

const linesOf = ({ snapshots, events }: Followed<'output'>): OutputLine[] => [
  ...snapshots.flat(),
  ...events.flatMap(({ event }) => event),
];

async function sees(followed: Followed<'output'>, text: string): Promise<OutputLine> {
  return until(() => linesOf(followed).find((line) => line.text === text), { message: `the line "${text}"` });
}

test('lines come with worker and time, across a reload, a stop and a start', async () => {
  const box = sandbox();
  const since = Date.now();
  const port = await start(box, box.writeApp(PRINTER, 'printer.js'), '-i', '2');
  const daemon = await talkToDaemon(box.home);
  const all = daemon.follow('output', { targets: [], lines: 100 });
  await until(() => linesOf(all).length === 4, { message: 'what was printed before' });
  expect(all.snapshots).toHaveLength(1);
  expect(linesOf(all).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  for (const { app, stream, text, at, slot, generation } of linesOf(all)) {
    expect(text).toBe(`${stream} ${slot} g${generation}`);
    expect([app, generation]).toEqual(['api', 1]);
    expect(at).toBeGreaterThanOrEqual(since);
    expect(at).toBeLessThanOrEqual(Date.now());
  }
  await box.ok(['reload', 'api']);
  expect(await sees(all, 'err 1 g2')).toMatchObject({ slot: 1, generation: 2, stream: 'err' });
  await ask(port, '/one');
  await sees(all, 'asked for /one');
  expect(linesOf(all).map(({ seq }) => seq)).toEqual(linesOf(all).map((_, index) => index + 1));
  expect(linesOf(daemon.follow('output', { targets: ['api'], lines: 0 }))).toEqual([]);

  await box.ok(['stop', 'api']);
  await until(async () => (await box.app('api')).masterPid === null, { message: 'it has left the master' });
  // The last words of the workers of both generations.
  await until(() => linesOf(all).filter(({ text }) => text === 'goodbye').length === 4, { message: 'the last words' });
  const stopped = daemon.follow('output', { targets: ['api'], lines: 2 });
  await until(() => linesOf(stopped).length > 0, { message: 'what the files have' });
  expect(linesOf(stopped).map(({ seq, at, slot, generation }) => [seq, at, slot, generation])).toEqual(
    Array.from({ length: 4 }, () => [0, null, null, null]),
  );
  // Begun anew, and an app that was not there before.
  const before = linesOf(all).length;
  await box.ok(['start', 'api']);
  await until(() => linesOf(all).length >= before + 4 && linesOf(stopped).length >= 8, { message: 'the new lines' });
  expect(linesOf(all).slice(before)).toEqual(linesOf(stopped).slice(4));
  expect(linesOf(all)[before]).toMatchObject({ seq: 1, generation: 1 });
  await box.ok([
    'start',
    box.writeApp(`console.log('here too'); setInterval(() => {}, 1000)`, 'job.js'),
    '--listen-timeout',
    '300',
  ]);
  expect(await sees(all, 'here too')).toMatchObject({ app: 'job', slot: 0 });
  expect(linesOf(stopped).some(({ app }) => app === 'job')).toBe(false);
  expect([all.ended, stopped.ended]).toEqual([undefined, undefined]);

  const wrong = daemon.follow('output', { targets: ['nothing'], lines: 5 });
  expect(await until(() => wrong.ended, { message: 'the refusal' })).toMatchObject({ code: 'NO_SUCH_APP' });
});

test('a flood: the newest lines arrive, the numbers show the gap, and nobody grows', async () => {
  const box = sandbox();
  const port = await start(box, box.writeApp(PRINTER, 'printer.js'));
  const daemon = await talkToDaemon(box.home);
  const followed = daemon.follow('output', { targets: ['api'], lines: 10 });
  await sees(followed, 'out 0 g1');
  const pids = [(await box.daemonPid())!, (await box.app('api')).masterPid!];
  // What a process takes for its garbage it has taken by then.
  for (let round = 0; round < 5; round += 1) await ask(port, '/flood');
  const before = pids.map(memoryOf);
  for (let round = 0; round < 20; round += 1) await ask(port, '/flood');
  await ask(port, '/last');
  await sees(followed, 'asked for /last');
  const lines = linesOf(followed);
  expect(lines.at(-1)).toMatchObject({ seq: 2_500_000 + 2 + 26, text: 'asked for /last' });
  expect(lines.length).toBeLessThan(100_000);
  const numbers = lines.map(({ seq }) => seq);
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  expect(Math.max(...followed.events.map(({ event }) => (Array.isArray(event) ? event.length : 0)))).toBe(200);
  // All of it is in the file.
  const file = readFileSync((await box.app('api')).spec.outFile, 'utf8');
  expect(file.match(/^line \d+$/gm)).toHaveLength(2_500_000);
  const later = daemon.follow('output', { targets: ['api'], lines: 100_000 });
  await sees(later, 'asked for /last');
  expect(linesOf(later)).toHaveLength(5_000);
  for (const [index, pid] of pids.entries())
    expect(memoryOf(pid) - before[index]!, index === 0 ? 'zdmd' : 'master').toBeLessThan(GROWTH);
});
