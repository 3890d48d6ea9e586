// Promise: `zdm run` is the same master without a daemon: it reloads without a loss, drains before it ends, and its exit code says
// how the apps ended.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, askFixture } from '../helpers/http.ts';
import { accepts, freePort } from '../helpers/ports.ts';
import { childrenOf, isAlive } from '../helpers/processes.ts';
import { openTerminal, type TerminalSession } from '../helpers/pty.ts';
import { installZdm } from '../helpers/program.ts';
import { type LiveProcess, spawnLive } from '../helpers/run.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { EVERYTHING, startTraffic } from '../helpers/traffic.ts';
import { checkPosts, staleAnswers, summary } from '../helpers/traffic-report.ts';
import { until } from '../helpers/until.ts';

const CLEAN = { failures: 0, resets: 0, notClosed: 0, forcedReconnects: 0, duplicates: [] };
const RELOADS = 3;

interface Running {
  readonly box: Sandbox;
  readonly port: number;
  readonly script: string;
  readonly zdm: LiveProcess;
}

/** `zdm run` with a fixture, online. */
async function running(
  fixture: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Running> {
  const box = sandbox();
  const script = box.copyFixture(fixture, 'api');
  const port = await freePort();
  const zdm = box.spawnZdm(['run', script, '-n', 'api', ...args], { env: { PORT: `${port}`, ...env } });
  await zdm.waitFor(/api is online/);
  return { box, port, script, zdm };
}

async function reloaded(zdm: LiveProcess, times: number): Promise<void> {
  const count = (): number => zdm.output.match(/api reload .* done in/g)?.length ?? 0;
  await until(() => count() === times, { within: 60_000, message: () => `reload ${times} in\n${zdm.output}` });
}

test(`SIGHUP: ${RELOADS} rolling reloads under load drop nothing; SIGTERM then ends it with 0`, async () => {
  const box = sandbox();
  const script = box.copyFixture('http.js', 'api');
  const port = await freePort();
  const posts = path.join(box.work, 'posts.log');
  box.setVersion(script, 1);
  const env = { PORT: `${port}`, POST_LOG: posts };
  const zdm = box.spawnZdm(['run', script, '-n', 'api', '-i', '4'], { env });
  await zdm.waitFor(/api is online/);
  const traffic = await startTraffic({ ...EVERYTHING, port });
  let last = 0;
  for (let version = 2; version <= RELOADS + 1; version += 1) {
    await traffic.more(2_000);
    box.setVersion(script, version);
    zdm.kill('SIGHUP');
    await reloaded(zdm, version - 1);
    last = Date.now();
  }
  await traffic.more(2_000);
  const report = await traffic.stop();
  expect(report, summary(report)).toMatchObject(CLEAN);
  expect(report.byVersion.size).toBe(RELOADS + 1);
  expect(checkPosts(posts, report)).toEqual({ missing: [], twice: [], unanswered: [] });
  expect(staleAnswers(report, last, RELOADS + 1)).toEqual([]);
  zdm.kill('SIGTERM');
  expect(await zdm.ended()).toMatchObject({ code: 0 });
  expect(zdm.output.match(/ 0 connections cut/g)).toHaveLength(RELOADS);
  // Neither a daemon nor a home was needed.
  expect(existsSync(box.home)).toBe(false);
}, 120_000);

describe('signals', () => {
  test('SIGUSR1 reloads, too; of several that wait for one the last is done', async () => {
    // Slow enough for the first reload to last until the last signal is there.
    const { port, zdm } = await running('slow-start.js', [], { BOOT_MS: '1500' });
    const before = (await askFixture(port)).pid;
    for (const signal of ['SIGUSR1', 'SIGHUP', 'SIGUSR1'] as const) {
      zdm.kill(signal);
      // The kernel keeps one signal of a kind only: each is seen before the next is sent.
      await until(() => (zdm.output.match(new RegExp(`by ${signal}`, 'g'))?.length ?? 0) > 0, {
        message: 'it is seen',
      });
    }
    await reloaded(zdm, 2);
    expect((await askFixture(port)).pid).not.toBe(before);
    expect(zdm.output).toMatch(/api reload g2 → g3 done/);
    expect(zdm.output).toMatch(/a newer reload took its place/);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: a request in flight is answered, then it ends with 0',
    async (signal) => {
      const { port, zdm } = await running('http.js');
      const slow = ask(port, '/slow?ms=1500');
      await until(() => accepts(port), { message: 'it listens' });
      zdm.kill(signal);
      await zdm.waitFor(/old worker dismissed/);
      expect((await slow).status).toBe(200);
      expect(await zdm.ended()).toMatchObject({ code: 0 });
      expect(await accepts(port)).toBe(false);
    },
  );

  test('a second SIGTERM ends it at once, with its workers', async () => {
    const { port, zdm } = await running('http.js');
    const { pid } = await askFixture(port);
    const slow = ask(port, '/slow?ms=60000', { within: 60_000 }).catch((error: unknown) => error);
    await until(async () => (await askFixture(port)).count > 1, { message: 'it answers' });
    zdm.kill('SIGTERM');
    await zdm.waitFor(/old worker dismissed/);
    zdm.kill('SIGTERM');
    expect(await zdm.ended(2_000)).toMatchObject({ code: 143 });
    await until(() => !isAlive(pid), { message: 'the worker has ended' });
    expect(await slow).toBeInstanceOf(Error);
  });

  test('SIGHUP while it ends does not bring it back', async () => {
    const { port, zdm } = await running('http.js');
    const slow = ask(port, '/slow?ms=1000');
    await until(async () => (await askFixture(port)).count > 1, { message: 'it answers' });
    zdm.kill('SIGTERM');
    await zdm.waitFor(/old worker dismissed/);
    zdm.kill('SIGHUP');
    expect((await slow).status).toBe(200);
    expect(await zdm.ended()).toMatchObject({ code: 0 });
    expect(zdm.output).not.toContain('reload');
  });

  test('SIGHUP does nothing when another version of zdm was installed, and says so', async () => {
    const box = sandbox();
    const { cli, changeVersion } = installZdm(path.join(box.work, 'program'));
    const port = await freePort();
    const script = box.copyFixture('http.js', 'api');
    const zdm = spawnLive(cli, ['run', script], { env: { ...box.env, PORT: `${port}` } });
    onTestFinished(() => zdm.kill('SIGKILL'));
    await zdm.waitFor(/http is online/);
    const { pid } = await askFixture(port);
    changeVersion('99.0.0');
    zdm.kill('SIGHUP');
    await zdm.waitFor(/SIGHUP: zdm 99\.0\.0 is installed, and this is .* Not reloaded/);
    expect((await askFixture(port)).pid).toBe(pid);
  });

  test('SIGUSR2 goes to workers that listen for it, and ends no other', async () => {
    const box = sandbox();
    const port = await freePort();
    const listens = `process.on('SIGUSR2', () => console.log('taking a profile'));`;
    writeFileSync(path.join(box.work, 'a.js'), `${listens} require('http').createServer().listen(${port});`);
    writeFileSync(path.join(box.work, 'b.js'), `require('http').createServer().listen(${await freePort()});`);
    writeFileSync(path.join(box.work, 'zdm.config.json'), JSON.stringify([{ script: 'a.js' }, { script: 'b.js' }]));
    const zdm = box.spawnZdm(['run']);
    await zdm.waitFor(/a is online/);
    await zdm.waitFor(/b is online/);
    const workers = childrenOf(zdm.pid);
    // The workers tell what they listen for in their next report.
    await until(
      () => {
        zdm.kill('SIGUSR2');
        return zdm.output.includes('a 0 | taking a profile');
      },
      { every: 200, message: () => zdm.output },
    );
    expect(zdm.output).toContain('not passed on, the worker does not listen for it: signal SIGUSR2, slot 0');
    expect(childrenOf(zdm.pid)).toEqual(workers);
  });
});

describe('the exit code', () => {
  const ending = async (code: string, ...args: string[]) => {
    const box = sandbox();
    writeFileSync(path.join(box.work, 'app.js'), code);
    return box.zdm(['run', 'app.js', ...args]);
  };

  test.each([
    ['of a script that ends', 'console.log(1)', 0],
    ['of one that fails', 'process.exit(3)', 3],
    ['of one that throws', 'throw new Error()', 1],
    ['of one that is killed', 'process.kill(process.pid, "SIGKILL")', 137],
  ])('%s', async (_, code, expected) => {
    expect((await ending(code)).code).toBe(expected);
  });

  test('of a server that dies too often', async () => {
    const code = `require('http').createServer().listen(${await freePort()}, () => setTimeout(() => process.exit(7), 200))`;
    const { code: exit, text } = await ending(code, '--max-restarts', '2');
    expect(exit, text).toBe(7);
    expect(text).toMatch(/app is errored: it died 3 times in a row/);
  });

  test('of a server that does not come up in time', async () => {
    expect(await ending('setInterval(() => {}, 1000)', '--wait-ready', '--listen-timeout', '300')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/did not call process.send\('ready'\) within 0.3s/) as string,
    });
  });

  test('comes only when it is asked to end, with --no-auto-exit', async () => {
    const box = sandbox();
    writeFileSync(path.join(box.work, 'app.js'), 'process.exit(3)');
    const zdm = box.spawnZdm(['run', 'app.js', '--no-auto-exit']);
    await zdm.waitFor(/app is errored/);
    expect(isAlive(zdm.pid)).toBe(true);
    zdm.kill('SIGTERM');
    expect(await zdm.ended()).toMatchObject({ code: 0 });
  });
});

describe('output', () => {
  const TWO = {
    apps: [
      { name: 'api', script: 'out.js' },
      { name: 'worker', script: 'err.js' },
    ],
  };
  const print = async (...args: string[]) => {
    const box = sandbox();
    writeFileSync(path.join(box.work, 'out.js'), 'console.log("to stdout")');
    writeFileSync(path.join(box.work, 'err.js'), 'console.error("to stderr")');
    writeFileSync(path.join(box.work, 'ecosystem.config.json'), JSON.stringify(TWO));
    const result = await box.zdm(['run', 'ecosystem.config.json', ...args]);
    return { ...result, own: result.stderr.split('\n').filter((line) => line.startsWith('zdm')) };
  };

  test('has the names before the lines, each stream where it belongs, and says what happens', async () => {
    const { stdout, stderr, own } = await print();
    expect(stdout).toBe('api 0    | to stdout\n');
    expect(stderr).toContain('worker 0 | to stderr\n');
    expect(own).toContain('zdm      | api start g1 begins');
  });

  test('--raw is as it was printed', async () => {
    const { stdout, stderr } = await print('--raw');
    expect(stdout).toBe('to stdout\n');
    expect(stderr).toMatch(/^to stderr$/m);
    expect(stderr).toMatch(/^zdm: api start g1 begins$/m);
  });

  test('--json is an object a line', async () => {
    const { stdout, stderr } = await print('--json');
    const [line] = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as object);
    expect(line).toEqual({ at: expect.any(String) as string, app: 'api', slot: 0, stream: 'out', text: 'to stdout' });
    const lines = stderr
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { stream: string; app: string | null });
    expect(new Set(lines.map(({ stream }) => stream))).toEqual(new Set(['err', 'zdm']));
  });

  test('--only runs some apps of the file', async () => {
    expect((await print('--only', 'api')).text).not.toContain('worker 0');
  });

  test('of a reader that is gone ends nothing', async () => {
    const box = sandbox();
    const port = await freePort();
    const server = `require('http').createServer((_, response) => response.end()).listen(${port})`;
    const script = box.writeApp(`setInterval(() => console.log('a line'), 5); ${server};`);
    const command = `"${process.execPath}" "${box.cli}" run "${script}" --raw 2>err.log | head -n 1`;
    const terminal = openTerminal('/bin/sh', ['-c', `${command}; read -r line`], {
      cwd: box.work,
      env: { ...box.env, PORT: `${port}` },
    });
    await until(() => accepts(port), { message: 'it listens' });
    await until(async () => (await ask(port)).status === 200, { message: 'it answers' });
    await terminal.waitForText(/./);
    expect((await ask(port)).status).toBe(200);
    for (const { pid, command: line } of box.processes()) if (line.includes(' run ')) process.kill(pid, 'SIGTERM');
    await until(() => box.processes().every(({ command: line }) => !line.includes(' run ')), {
      message: 'it has ended',
    });
    terminal.close();
  });
});

describe('in a terminal', () => {
  const open = async (more = ''): Promise<{ terminal: TerminalSession; port: number; box: Sandbox }> => {
    const box = sandbox();
    const port = await freePort();
    const script = box.copyFixture('http.js', 'api');
    // The shell gets Ctrl-C, too.
    const command = `trap : INT; "${process.execPath}" "${box.cli}" run "${script}" -n api ${more}; echo "ended with $?"; read -r line`;
    const env = { ...box.env, PORT: `${port}`, LC_ALL: 'C.UTF-8' };
    return {
      box,
      port,
      terminal: openTerminal('/bin/sh', ['-c', command], { columns: 100, rows: 30, cwd: box.work, env }),
    };
  };

  test('Ctrl-C, which reaches the workers as well, lets a request in flight finish', async () => {
    const { terminal, port } = await open();
    await terminal.waitForText(/api is online/);
    const slow = ask(port, '/slow?ms=1200');
    await until(async () => (await askFixture(port)).count > 1, { message: 'it answers' });
    terminal.press('\x03');
    await terminal.waitForText(/old worker dismissed/);
    expect((await slow).status).toBe(200);
    await terminal.waitForText(/ended with 0/);
    terminal.close();
  });

  test('that is closed, it ends; it does not reload for ever', async () => {
    const { terminal, port, box } = await open();
    await terminal.waitForText(/api is online/);
    expect((await askFixture(port)).slot).toBe('0');
    terminal.close();
    await until(() => box.processes().length === 0, { message: 'everything has ended' });
  });

  test('--dash shows the dashboard; q goes back to the output, and the apps go on', async () => {
    const { terminal, port } = await open('--dash');
    await terminal.waitForScreen(([first = '']) => /^zdm .* live/.test(first), 'the dashboard');
    await terminal.waitForText(/api .*online/);
    terminal.press('r');
    await terminal.waitForText(/g1 → g2/);
    await terminal.waitForText(/done in/);
    terminal.press('q');
    await until(() => terminal.buffer() === 'normal' || (terminal.press('q'), false), {
      every: 300,
      message: 'it is left',
    });
    await terminal.waitForText(/the dashboard was left; the apps go on/);
    expect((await askFixture(port)).slot).toBe('0');
    terminal.press('\x03');
    await terminal.waitForText(/ended with 0/);
    terminal.close();
  });
});

const NAMESPACE = ['--fork', '--pid', '--mount-proc', '--kill-child'];
const MAY_UNSHARE = spawnSync('unshare', [...NAMESPACE, 'true']).status === 0;

// As pid 1 needs a pid namespace, which not everybody may make.
test.skipIf(!MAY_UNSHARE)(
  'as pid 1 it hands signals on, ends as the apps end, and leaves no zombies where node can',
  async () => {
    const box = sandbox();
    const reaps = 'execve' in process;
    const port = await freePort();
    const app = `
    const { spawn } = require('node:child_process');
    const { readdirSync, readFileSync } = require('node:fs');
    // A process that loses its parent, and ends.
    spawn('sh', ['-c', 'sleep 0.2 & exit 0'], { stdio: 'ignore' });
    const states = () => readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map((pid) => {
      try { return readFileSync('/proc/' + pid + '/stat', 'utf8'); } catch { return ''; }
    });
    process.on('SIGTERM', () => process.exit(0));
    let seen = false;
    const timer = setInterval(() => {
      const sleeps = states().some((stat) => stat.includes('(sleep) S'));
      seen ||= sleeps;
      if (sleeps || !seen) return;
      clearInterval(timer);
      console.log('zombies: ' + states().filter((stat) => / Z /.test(stat)).length);
      process.kill(1, process.env.RELOAD_INDEX === '0' ? 'SIGHUP' : 'SIGTERM');
    }, 50);
    require('node:http').createServer().listen(${port});
  `;
    writeFileSync(path.join(box.work, 'app.js'), app);
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      [...NAMESPACE, process.execPath, box.cli, 'run', 'app.js'],
      {
        cwd: box.work,
        env: box.env,
        timeout: 30_000,
        killSignal: 'SIGKILL',
        encoding: 'utf8',
      },
    );
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(`zombies: ${reaps ? 0 : 1}`);
    expect(stderr).toMatch(/app reload g1 → g2 done/);
    if (!reaps) expect(stderr).toMatch(/run the container with --init/);
  },
);

// A user that is only a number has no home folder, and node throws where it is asked for one.
test.skipIf(process.getuid?.() !== 0)('runs as a user without a name and a home', async () => {
  const box = sandbox();
  const script = box.writeApp('console.log(`user ${process.getuid()}`)');
  chmodSync(path.dirname(box.work), 0o755);
  const args = ['--reuid', '54321', '--clear-groups', process.execPath, box.cli, 'run', script];
  const { status, stdout, stderr } = spawnSync('setpriv', args, {
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toBe('app 0 | user 54321\n');
});

test.each([
  [['nothing.js'], /No such script/],
  [['--raw', '--json', 'app.js'], /--raw and --json exclude each other/],
  [['--dash', 'app.js'], /--dash needs a terminal/],
  [['--only', 'api', 'app.js'], /--only chooses from a config file; app.js is a script.*zdm run app.js/s],
  [[], /There is nothing to run/],
])('wrong words %j are refused', async (args, message) => {
  const box = sandbox();
  writeFileSync(path.join(box.work, 'app.js'), '');
  const { code, stderr } = await box.zdm(['run', ...args]);
  expect(stderr).toMatch(message);
  expect(code).not.toBe(0);
});
