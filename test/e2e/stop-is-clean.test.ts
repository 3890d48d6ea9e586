// Promise: what ends, ends with all that it has started, and no earlier than it: helpers answer while their parent drains, and
// nothing is left. Survivors are looked for by identity and session, whatever they are called.
import { expect, onTestFinished, test } from 'vitest';
import { type ProcessEntry, processTable } from '../../daemon/os/process-tree.ts';
import { ask } from '../helpers/http.ts';
import { freePort } from '../helpers/ports.ts';
import { killHard } from '../helpers/processes.ts';
import { openTerminal } from '../helpers/pty.ts';
import { sandbox, type Sandbox } from '../helpers/sandbox.ts';
import { until } from '../helpers/until.ts';

interface Family {
  readonly box: Sandbox;
  readonly port: number;
}

/** How many processes one worker of the fixture is, without itself. */
const HELPERS = 3;

async function family(flags: readonly string[] = [], env: Record<string, string> = {}): Promise<Family> {
  const box = sandbox();
  const script = box.copyFixture('family.js', 'api');
  const port = await freePort();
  await box.ok(['start', script, '-n', 'api', ...flags], { env: { PORT: `${port}`, ...env } });
  await until(async () => (await ask(port).catch(() => null))?.text === 'helped', { message: 'it is helped' });
  return { box, port };
}

/** The workers and all that came from them, also what lost its parent since: it is in a session of theirs, or has their mark. */
async function relatives(box: Sandbox, helpers = HELPERS): Promise<ProcessEntry[]> {
  const { workers, masterPid } = await box.app('api');
  const pids = workers.map(({ pid }) => pid);
  return until(async () => {
    const table = await processTable();
    const found = new Set(pids);
    const sessions = new Set([masterPid, ...pids]);
    for (let size = -1; size !== found.size;) {
      size = found.size;
      for (const { pid, parent, session } of table)
        if (pid !== masterPid && (found.has(parent) || sessions.has(session))) found.add(pid);
    }
    return found.size >= pids.length * (1 + helpers) && table.filter(({ pid }) => found.has(pid));
  });
}

async function left(of: readonly ProcessEntry[]): Promise<ProcessEntry[]> {
  const table = await processTable();
  return table.filter((one) => of.some(({ pid, start }) => pid === one.pid && start === one.start));
}

test.each([
  ['zdm stop', 'cluster', ['stop', 'api']],
  ['zdm delete', 'fork', ['delete', 'api']],
  ['zdm kill', 'cluster', ['kill']],
])(
  '%s, %s mode: a request in flight is answered with the help of a helper, then nothing is left',
  async (_, mode, args) => {
    const { box, port } = await family(['--exec-mode', mode, '--min-uptime', '300'], { STRANGER: '1' });
    const all = await relatives(box, 1 + HELPERS);
    expect(all.length).toBe(2 + HELPERS);
    const slow = ask(port, '/slow?ms=600');
    // Another answer on a later connection: the slow request has been read.
    await ask(port);
    await box.ok(args);
    expect(await slow).toMatchObject({ status: 200, text: 'helped' });
    expect(await left(all)).toEqual([]);
  },
);

test('a reload takes along what the old workers had started, and nothing else', async () => {
  // Started by a command that a worker runs, another one's.
  const { box, port } = await family(['-i', '2'], { ZDM_WORKER: 'other.1.1' });
  const daemon = await box.daemonPid();
  expect((await processTable()).find(({ pid }) => pid === daemon)?.mark).toBe(null);
  const old = await relatives(box);
  await box.ok(['reload', 'api']);
  await until(async () => (await left(old)).length === 0, { message: 'the old ones are gone' });
  expect((await relatives(box)).length).toBe(2 * (1 + HELPERS));
  expect((await ask(port)).text).toBe('helped');
});

test('what does not listen is killed when kill_timeout is over, and that is said', async () => {
  const { box } = await family(['-k', '500'], { STUBBORN: '1' });
  const all = await relatives(box);
  await box.ok(['stop', 'api']);
  const steps = (await box.app('api')).operations.at(-1)!.steps.map(({ text }) => text);
  expect(steps).toContainEqual(expect.stringMatching(/^what pid \d+ had started did not stop and was killed$/));
  expect(await left(all)).toEqual([]);
});

test.each([
  ['a shell that waits', 'sh', ['-c', 'node family.js; true']],
  ['npm', 'npm', ['start', '--silent']],
])('%s in front of the app: the app gets the signal, and drains', async (_, command, args) => {
  const box = sandbox();
  const port = await freePort();
  box.copyFixture('family.js', 'api');
  box.writeFile(
    'api/package.json',
    JSON.stringify({ name: 'api', scripts: { start: 'FOO=1 node family.js && true' } }),
  );
  const env = { PORT: `${port}`, npm_config_update_notifier: 'false' };
  await box.ok(['start', command, '-n', 'api', '--cwd', 'api', '--min-uptime', '100', '--', ...args], { env });
  const served = async (): Promise<boolean> => (await ask(port).catch(() => null))?.text === 'helped';
  await until(served, { within: 20_000, message: 'it serves' });
  const all = await relatives(box);
  const slow = ask(port, '/slow?ms=600');
  await ask(port);
  await box.ok(['stop', 'api']);
  expect(await slow).toMatchObject({ status: 200, text: 'helped' });
  expect(box.logs()).toContain('closed in order');
  expect(await left(all)).toEqual([]);
});

test.each([
  ['cluster', {}],
  // What the dead one left has the port that its successor needs.
  ['fork', { HELPER_PORT: `${await freePort()}` }],
])('a crash in %s mode: its helpers go, and one restart is enough', async (mode, env) => {
  const { box, port } = await family(['--exec-mode', mode, '--min-uptime', '300'], env);
  const all = await relatives(box);
  killHard((await box.app('api')).workers[0]!.pid);
  await until(async () => (await left(all)).length === 0, { message: 'what it left is gone' });
  await until(async () => (await ask(port).catch(() => null))?.text === 'helped', { message: 'it is helped again' });
  expect((await box.app('api')).restarts).toBe(1);
});

test('treekill off: what it has started is left alone', async () => {
  const { box } = await family(['--no-treekill']);
  const all = await relatives(box);
  const { pid } = (await box.app('api')).workers[0]!;
  onTestFinished(() => all.forEach((one) => killHard(one.pid)));
  await box.ok(['stop', 'api']);
  const rest = new Set((await left(all)).map((one) => one.pid));
  expect(rest).toEqual(new Set(all.map((one) => one.pid).filter((one) => one !== pid)));
  box.allowSurvivors();
});

test('Ctrl-C of zdm run in a terminal: nothing is left, of its session or of another', async () => {
  const box = sandbox();
  const script = box.copyFixture('family.js', 'api');
  const port = await freePort();
  const env = { ...box.env, PORT: `${port}` };
  const terminal = openTerminal(process.execPath, [box.cli, 'run', script, '-i', '2'], { cwd: box.work, env });
  await terminal.waitForText(/family is online/);
  const all = await until(async () => {
    const table = await processTable();
    const { session } = table.find(({ pid }) => pid === terminal.pid)!;
    const ours = table.filter(
      (one) =>
        one.session === session || table.some(({ pid, session: other }) => pid === one.parent && other === session),
    );
    return ours.length === 1 + 2 * (1 + HELPERS) && ours;
  });
  terminal.press('Ctrl-C');
  expect((await terminal.exited()).code).toBe(0);
  expect(await left(all)).toEqual([]);
});
