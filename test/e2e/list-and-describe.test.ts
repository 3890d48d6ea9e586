// Promise: `zdm list` and `zdm describe` tell the truth in any width, say why an app is as it is, and start nothing.
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ask } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { openTerminal } from '../helpers/pty.ts';
import { entriesOf, sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

const width = (line: string): number => Array.from(line).length;

/** Three apps: one that runs, one that was given up, one that was stopped. */
async function startThree(): Promise<{ box: Sandbox; port: number }> {
  const box = sandbox();
  const port = await freePort();
  const env = { PORT: `${port}` };
  await box.ok(['start', box.copyFixture('http.js'), '-n', 'api-of-the-whole-company', '-i', '2'], { env });
  await box.zdm(['start', box.copyFixture('throws-at-boot.js'), '-n', 'broken'], { env });
  await box.ok(['start', box.copyFixture('background.js'), '-n', 'idle', '--listen-timeout', '200']);
  await box.ok(['stop', 'idle']);
  return { box, port };
}

async function inTerminal(box: Sandbox, args: string[], columns: number): Promise<string[]> {
  const env = { ...box.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
  const terminal = openTerminal(process.execPath, [box.cli, ...args], { columns, rows: 200, cwd: box.work, env });
  const { code } = await terminal.exited();
  expect(code).toBe(0);
  // The bytes, not the screen: there, a line that is too long would be two.
  return stripVTControlCharacters(terminal.raw()).split('\r\n').slice(0, -1);
}

test('the table fits terminals of 60, 80 and 120 columns, and says what it left out', async () => {
  const { box, port } = await startThree();
  for (const columns of [60, 80, 120]) {
    for (const args of [['list'], ['list', '--pids'], ['describe', 'all'], ['ls']]) {
      const lines = await inTerminal(box, args, columns);
      const tooLong = lines.filter((line) => width(line) > columns);
      // Only what --pids asked for may be cut; nothing ever is wider than the terminal.
      expect(tooLong, `zdm ${args.join(' ')} in ${columns} columns`).toEqual([]);
    }
  }
  const narrow = (await inTerminal(box, ['list'], 60)).join('\n');
  expect(narrow).toMatch(/^ ?(ID )? *NAME /);
  expect(narrow).toMatch(/hidden here: .*\. Show: zdm list --wide/s);
  const wide = (await inTerminal(box, ['list'], 120)).join('\n');
  expect(wide).toMatch(/^ID +NAME +MODE +STATE +READY +GEN +CPU +MEM +RST +UP +PORT$/m);
  expect(wide).not.toMatch(/hidden here/);
  expect(wide).toMatch(new RegExp(`^ 0 +api-of-the-whole-company +cluster +● online +2/2 +g1 .* ${port}$`, 'm'));
  expect(wide).toMatch(/^ 1 +broken +cluster +✖ errored +0\/1 /m);
  expect(wide).toMatch(/^ 2 +idle +cluster +○ stopped +0\/1 /m);
  expect(wide).toMatch(/^3 apps \(1 stopped\), 2 of 3 workers online\. 1 problem:$/m);
  expect(wide).toMatch(/broken is errored: .*exit code 1/);
});

test('--sort, --columns, --quiet and --check: order, choice, names alone, and an exit code for scripts', async () => {
  const { box } = await startThree();
  const names = (text: string): string[] => text.trimEnd().split('\n');
  expect(names(await box.ok(['list', '-q']))).toEqual(['api-of-the-whole-company', 'broken', 'idle']);
  expect(names(await box.ok(['ls', '--quiet', '--sort', 'state']))[0]).toBe('broken');
  const chosen = await box.ok(['list', '--columns', 'ready,name', '--sort', 'name']);
  expect(names(chosen).slice(0, 2)).toEqual(['READY  NAME', '  2/2  api-of-the-whole-company']);
  expect(names(await box.ok(['list', '--wide']))[0]).toMatch(/ PORT +CONNS +REQS +LATENCY +MASTER +PIDS$/);

  const checked = await box.zdm(['list', '--check', '-q']);
  expect([checked.code, checked.stdout]).toEqual([1, 'api-of-the-whole-company\nbroken\nidle\n']);
  expect((await box.zdm(['list', '--check', '--json'])).code).toBe(1);
  await box.ok(['delete', 'broken']);
  // What was stopped is as it should be.
  await box.ok(['list', '--check']);

  for (const option of ['--sort', '--columns']) {
    const wrong = await box.zdm(['list', option, 'colour']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(
      new RegExp(`^zdm: ${option}: there is no column "colour"\\.\nThere is: id, name, mode, `),
    );
  }
});

test('in a pipe: no colour, no tab, nothing cut, the same columns in any environment', async () => {
  const { box } = await startThree();
  const env = { COLUMNS: '40', TERM: 'xterm-256color', LANG: 'C.UTF-8' };
  const piped = await box.ok(['list'], { env });
  // eslint-disable-next-line no-control-regex
  expect(piped).not.toMatch(/[\u001b\t…]|hidden here/);
  expect(piped.split('\n')[0]).toMatch(/^ID +NAME +MODE +STATE +READY +GEN +CPU +MEM +RST +UP +PORT$/);
});

test('--json and jlist are JSON with everything; ls and status are list', async () => {
  const { box } = await startThree();
  const json = JSON.parse(await box.ok(['list', '--json']));
  expect(json.map(({ name, state, up }: { name: string; state: string; up: number }) => [name, state, up])).toEqual([
    ['api-of-the-whole-company', 'online', 2],
    ['broken', 'errored', 0],
    ['idle', 'stopped', 0],
  ]);
  const jlist = JSON.parse(await box.ok(['jlist']));
  expect(Object.keys(jlist[0])).toEqual(Object.keys(json[0]));
  const described = JSON.parse(await box.ok(['describe', 'broken', '--json']));
  expect(described).toMatchObject([{ name: 'broken', lastExit: { code: 1 } }]);
  const heads = await Promise.all(['list', 'ls', 'status'].map(async (word) => (await box.ok([word])).split('\n')[0]));
  expect(new Set(heads).size).toBe(1);
});

test('memory, CPU, connections and requests are measured', async () => {
  const box = sandbox();
  const port = await freePort();
  await box.ok(['start', box.copyFixture('http.js', 'api'), '-n', 'api'], { env: { PORT: `${port}` } });
  for (let count = 0; count < 5; count += 1) await ask(port);
  const slow = ask(port, '/slow?ms=3000');
  const worker = await until(async () => {
    const [one] = (await box.app('api')).workers;
    return one!.memory !== null && one!.requests === 5 && one!.connections === 1 && one;
  });
  expect(worker.memory).toBeGreaterThan(10 * 1024 * 1024);
  expect(worker.cpu).toBeGreaterThanOrEqual(0);
  expect(await box.ok(['describe', 'api'])).toMatch(/^ +0 +\S online +\d+ +g1 +\d+% +\d+M +(-|\d+ms) +1 +5 +\d+s$/m);
  await slow;
});

describe('describe', () => {
  test('says why an app is given up, how its last worker ended, and what was done to it', async () => {
    const { box } = await startThree();
    const broken = await box.ok(['describe', 'broken']);
    expect(broken).toMatch(/^broken {2}. errored {2}0\/1 workers/);
    expect(broken).toMatch(/^the new worker ended with exit code 1 before it was ready\. See: zdm logs broken/m);
    expect(broken).toMatch(/last events\n(.*\n)* +\d\d:\d\d:\d\d {2}slot 0 ended with exit code 1 after /);
    // The last lines stand there once, not once more with the operation that they belong to.
    expect(broken.match(/Error: no such host: database\.internal/g)).toHaveLength(1);
    expect(broken).toMatch(/last events\n(.*\n)* +\d\d:\d\d:\d\d {2}start( g1)? failed at slot 0 after /);
    // Values of variables are never shown.
    expect(broken).not.toMatch(/PATH=|\/usr\/bin:/);
    const idle = await box.ok(['show', 'idle']);
    expect(idle).toMatch(/^idle {2}. stopped /);
    expect(idle).toMatch(/stop done, /);
    expect(idle).toMatch(/runs without listening on a port/);
  });
});

test('without a daemon: list gives the hint and starts none; after zdm kill it shows the stopped apps', async () => {
  const box = sandbox();
  expect(await box.ok(['list'])).toBe('No apps. Start one: zdm start app.js\n');
  expect(await box.ok(['jlist'])).toBe('[]\n');
  expect(entriesOf(box.home)).toEqual([]);
  expect(await box.daemonPid()).toBe(null);

  await box.ok(['start', 'sleep', '-n', 'job', '--min-uptime', '100', '--', '1000']);
  const ping = await box.ok(['ping']);
  expect(ping).toMatch(/^zdm \d+\.\d+\.\d+, pid \d+, up \d+s, 1 app\n {2}home {2}\/.*\n {2}log {3}\/.*zdmd\.log\n$/);
  await box.ok(['kill']);
  expect(await box.daemonPid()).toBe(null);
  expect((await box.list()).map(({ name, state }) => [name, state])).toEqual([['job', 'stopped']]);
});

describe('help', () => {
  const VERBS = [
    'start',
    'reload',
    'restart',
    'stop',
    'delete',
    'scale',
    'list',
    'jlist',
    'describe',
    'logs',
    'dash',
    'ping',
    'kill',
  ];

  test('zdm alone and --help name every command with examples; every command has help with examples', async () => {
    const box = sandbox();
    const help = await box.ok(['--help']);
    const alone = await box.zdm([]);
    expect(alone.text).toContain(help);
    for (const verb of VERBS) {
      expect(help, verb).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
      const own = await box.ok([verb, '--help']);
      expect(own, verb).toMatch(new RegExp(`^Usage: zdm ${verb}`));
      expect(own, verb).toMatch(new RegExp(`\nExamples:\n  zdm ${verb}`));
      expect(await box.ok(['help', verb]), verb).toBe(own);
      for (const line of own.split('\n')) expect(width(line), line).toBeLessThanOrEqual(80);
    }
    expect((await box.zdm(['help', 'lits'])).text).toMatch(/^zdm: Unknown command 'lits'\. Did you mean "list"\?\n/);
    expect(await box.ok(['help'])).toBe(help);
    expect(entriesOf(box.home)).toEqual([]);
  });

  test('--version', async () => {
    const box = sandbox();
    expect(await box.ok(['--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await box.ok(['-v'])).toBe(await box.ok(['--version']));
  });
});
