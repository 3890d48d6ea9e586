// Promise: wrong input is answered with one clear sentence and the next step, and changes nothing.
import { createServer } from 'node:net';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askFixture } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { entriesOf, sandbox, type Sandbox } from '../helpers/sandbox.ts';
import type { RunOptions } from '../helpers/run.ts';
import { onceEvent } from '../helpers/until.ts';

const VERBS = ['reload', 'restart', 'stop', 'delete', 'abort', 'pause', 'resume', 'finish'];

interface Wrong {
  readonly args: string[];
  readonly code: number;
  readonly says: RegExp;
}

/** Runs it; it must fail at once with a short text on stderr, without a stack, in the form "what. next step". */
async function refused(box: Sandbox, { args, code, says }: Wrong, options?: RunOptions): Promise<void> {
  const result = await box.zdm(args, { within: 10_000, ...options });
  const about = `zdm ${args.join(' ')}\n${result.text}`;
  expect(result, about).toMatchObject({ code, stdout: '' });
  expect(result.stderr, about).toMatch(/^zdm: (--|cwd|[A-Z"/]).*\n/);
  expect(result.stderr, about).toMatch(says);
  expect(result.stderr, about).not.toMatch(/\n {4}at |node:internal|INTERNAL|bug in zdm/);
  expect(result.stderr.trimEnd().split('\n').length, about).toBeLessThanOrEqual(3);
}

test('what is not understood, or not there: with an app running, it stays as it was', async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  box.copyFixture('http.js', '.');
  const port = await freePort();
  await box.ok(['start', script, '-n', 'api'], { env: { PORT: `${port}` } });
  await box.ok(['start', 'sleep', '-n', 'worker', '--min-uptime', '100', '--', '1000']);
  const facts = async (): Promise<unknown> =>
    (await box.list()).map(({ id, name, masterPid, state, generation, wanted, workers }) => {
      const pids = workers.map(({ pid }) => pid);
      return { id, name, masterPid, state, generation, wanted, pids };
    });
  const before = await facts();
  const numberOf = /is not a number of instances\.\nFor example: zdm scale api 4/;
  const cases: Wrong[] = [
    {
      args: ['start', 'htp.js'],
      code: 1,
      says: /No such script: "htp\.js" is neither .*\.\nDid you mean "http\.js"\?/,
    },
    {
      args: ['start', 'api/htpp.js'],
      code: 1,
      says: /No such script: .*\/api\/htpp\.js\.\nDid you mean "api\/http\.js"\?/,
    },
    { args: ['start', 'nowhere/x.js'], code: 1, says: /No such script: .*there is no folder .*nowhere/ },
    { args: ['start', 'api'], code: 1, says: /No such script: .*api.* is a folder without a main file|runs already/ },
    {
      args: ['start', 'http.js', '-n', 'api'],
      code: 1,
      says: /An app named "api" is running already \(id 0\)\.\n.*zdm reload api/,
    },
    { args: ['start', 'http.js', '-n', '7'], code: 2, says: /"7" cannot be the name of an app\.\nLetters/ },
    { args: ['start', 'http.js', '-n', '../x'], code: 2, says: /cannot be the name of an app/ },
    {
      args: ['start', 'http.js', '-i', 'x'],
      code: 2,
      says: /--instances: expected a number or "max" .*, got "x"\n?.*\nSee: zdm start --help/,
    },
    {
      args: ['start', 'http.js', '-i', '100000', '-n', 'b'],
      code: 2,
      says: /--instances: expected at most 1024 instances/,
    },
    {
      args: ['start', 'http.js', '--kill-timeout', 'soon'],
      code: 2,
      says: /--kill-timeout: expected a duration such as .*, got "soon"/,
    },
    { args: ['start', 'http.js', '--cwd', 'nowhere'], code: 2, says: /cwd: there is no folder .*nowhere/ },
    {
      args: ['start', 'http.js', '--exec-mode', 'both'],
      code: 2,
      says: /--exec-mode: expected "cluster" or "fork", got "both"/,
    },
    { args: ['start', 'http.js', '--interpreter', 'pyhton9'], code: 2, says: /The interpreter pyhton9 is not in PATH/ },
    { args: ['start', 'http.js', '--env', 'production'], code: 2, says: /--env chooses from a config file/ },
    {
      args: ['start', 'http.js', '--naem', 'x'],
      code: 2,
      says: /Unknown option '--naem'\. Did you mean "--name"\?\nSee: zdm start --help/,
    },
    { args: ['start', 'http.js', 'more.js'], code: 2, says: /[Tt]oo many arguments/ },
    ...[...VERBS, 'describe'].flatMap((verb): Wrong[] => [
      { args: [verb, 'apo'], code: 1, says: /There is no app "apo"\.\nDid you mean "api"\? See: zdm list/ },
      { args: [verb, '9'], code: 1, says: /There is no app "9"\.\nSee what there is: zdm list/ },
      { args: [verb], code: 2, says: new RegExp(`Missing required argument 'app'\\.\nSee: zdm ${verb} --help`) },
    ]),
    { args: ['scale', 'api', 'x'], code: 2, says: numberOf },
    { args: ['scale', 'api', '0'], code: 2, says: /zdm stop api/ },
    { args: ['scale', 'api', '1.5'], code: 2, says: numberOf },
    { args: ['scale', 'api', '9999'], code: 2, says: numberOf },
    { args: ['scale', 'apo', '2'], code: 1, says: /There is no app "apo"\.\nDid you mean "api"\?/ },
    { args: ['scale', 'api'], code: 2, says: /Missing required argument 'number'/ },
    { args: ['logs', 'apo'], code: 1, says: /There is no app "apo"\.\nDid you mean "api"\?/ },
    { args: ['logs', '--lines', 'x'], code: 2, says: /--lines: "x" is not a number of lines\.\nFor example/ },
    { args: ['logs', '--lines'], code: 2, says: /--lines <number>' argument missing/ },
    { args: ['lits'], code: 2, says: /Unknown command 'lits'\. Did you mean "list"\?\nSee: zdm --help/ },
    {
      args: ['list', '--jsno'],
      code: 2,
      says: /Unknown option '--jsno'\. Did you mean "--json"\?\nSee: zdm list --help/,
    },
    { args: ['--foo'], code: 2, says: /Unknown option '--foo'/ },
  ];
  const known = cases.filter(({ args }) => !(args[0] === 'start' && args[1] === 'api'));
  for (const wrong of known) await refused(box, wrong);
  expect(await facts()).toEqual(before);
  expect((await askFixture(port)).version).toBe(0);
});

test('where nothing was ever started, nothing is: no daemon, no home', async () => {
  const box = sandbox();
  const cases: Wrong[] = [
    ...[...VERBS, 'describe'].map((verb): Wrong => ({
      args: [verb, 'api'],
      code: 1,
      says: /There is no app "api": .*\.\nStart one: zdm start app\.js/,
    })),
    { args: ['scale', 'api', '2'], code: 1, says: /There is no app "api"/ },
    { args: ['logs'], code: 1, says: /There is no daemon here, .*\nStart an app/ },
    { args: ['ping'], code: 1, says: /No daemon runs for .*\nStart an app/ },
    { args: ['start', 'app.js'], code: 1, says: /No such script/ },
  ];
  for (const wrong of cases) await refused(box, wrong);
  expect(entriesOf(box.home)).toEqual([]);
  expect(box.processes()).toEqual([]);
});

describe('a port that is taken', () => {
  test('by another program: the message names it; nothing is left running', async () => {
    const box = sandbox();
    const server = createServer().listen(0);
    onTestFinished(() => void server.close());
    await onceEvent(server, 'listening');
    const { port } = server.address() as { port: number };
    const result = await box.zdm(['start', box.copyFixture('http.js', 'api'), '-n', 'api'], {
      env: { PORT: `${port}` },
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      new RegExp(`^api: start failed .*: port ${port} is taken: pid ${process.pid} \\(.*node`),
    );
    expect(await box.app('api')).toMatchObject({ state: 'errored', up: 0, workers: [] });
    expect(await box.ok(['describe', 'api'])).toMatch(new RegExp(`port ${port} is taken: pid ${process.pid}`));
  });

  test('by another app of zdm: the message names that app, which does not notice', async () => {
    const box = sandbox();
    const port = await freePort();
    const env = { PORT: `${port}` };
    const script = box.copyFixture('http.js', 'api');
    await box.ok(['start', script, '-n', 'first'], { env });
    const { pid } = await askFixture(port);
    const result = await box.zdm(['start', script, '-n', 'second', '-i', '2'], { env });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(new RegExp(`^second: start failed .*: port ${port} is taken: .*first`));
    expect(await box.app('second')).toMatchObject({ state: 'errored', up: 0, workers: [] });
    expect((await askFixture(port)).pid).toBe(pid);
    await box.ok(['stop', 'first']);
    expect(await box.ok(['restart', 'second'])).toMatch(/^second: (re)?started 2\/2 /m);
  });
});

describe('a home that cannot be used', () => {
  const root = process.getuid?.() === 0;
  const start: Omit<Wrong, 'says'> = { args: ['start', 'app.js'], code: 1 };

  test('open to others, a file, in a place that cannot be written', async () => {
    const box = sandbox();
    box.writeApp('setInterval(() => {}, 1000)');
    mkdirSync(box.home);
    chmodSync(box.home, 0o777);
    await refused(box, { ...start, says: /home can be written by others\.\nClose it: chmod 700 .*home/ });
    expect(entriesOf(box.home)).toEqual([]);
    const file = path.join(box.work, 'file');
    writeFileSync(file, '');
    for (const args of [start.args, ['list'], ['ping'], ['stop', 'all']]) {
      await refused(
        box,
        { args, code: 1, says: /\/file is not a folder\.\nName another folder in ZDM_HOME/ },
        { env: { ZDM_HOME: file } },
      );
    }
    await refused(
      box,
      { ...start, says: /(Cannot create|Cannot reach).*\/file\/home.*\nName another folder in ZDM_HOME/ },
      { env: { ZDM_HOME: path.join(file, 'home') } },
    );
    expect(box.processes()).toEqual([]);
  });

  test.runIf(root)('of another user', async () => {
    const box = sandbox();
    box.writeApp('setInterval(() => {}, 1000)');
    mkdirSync(box.home, { mode: 0o700 });
    chownSync(box.home, 4711, 4711);
    await refused(box, {
      ...start,
      says: /home belongs to another user \(uid 4711\)\.\nName a folder of your own in ZDM_HOME/,
    });
    expect(entriesOf(box.home)).toEqual([]);
  });
});
