// A zdm home of its own for one test: runs the built command, and sees to it that nothing stays behind.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { makeFixtures, type Fixtures } from './fixtures.ts';
import { hooksOf, type TestHooks } from './hooks.ts';
import { readLogs } from './logs.ts';
import { isAlive, killHard, processesOfHome, type FoundProcess } from './processes.ts';
import { run, spawnLive, type LiveProcess, type RunOptions, type RunResult } from './run.ts';
import { until } from './until.ts';

export interface SandboxOptions {
  /** The command to test (default: the built one). */
  cli?: string;
  /** The home's name below the sandbox's folder. */
  home?: string;
  /** Set in the environment of every command. */
  env?: Readonly<Record<string, string | undefined>>;
}

export interface Sandbox extends Fixtures {
  readonly home: string;
  /** The folder in which commands run and fixtures are put. */
  readonly work: string;
  /** What every command gets as its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The built command, for running it in a terminal: `openTerminal(process.execPath, [box.cli, 'dash'], { env: box.env })`. */
  readonly cli: string;
  /** Runs `zdm args` to its end. */
  zdm(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs `zdm args`, which must exit 0, and gives what it printed. */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Starts `zdm args` and leaves it running. It is killed at the end of the test. */
  spawnZdm(args: readonly string[], options?: RunOptions): LiveProcess;
  list(): Promise<AppStatus[]>;
  /** The status of one app; an error when it is not there. */
  app(name: string): Promise<AppStatus>;
  /** The pid of the running daemon, null without one. */
  daemonPid(): Promise<number | null>;
  /** Every process that belongs to this sandbox. */
  processes(): FoundProcess[];
  /** The daemon's and the apps' logs, as printed when a test fails. */
  logs(): string;
  /** Called at the end of the test by itself. Throws when something outlived `zdm kill`, after killing it. */
  cleanup(): Promise<void>;
  /** For tests that leave processes behind on purpose: they are killed without a complaint. */
  allowSurvivors(): void;
}

const BUILT_CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
const SETTLE_WITHIN = 2_000;

/** A fresh sandbox. Outside of a running test (beforeAll) the caller must call `cleanup` itself. */
export function sandbox(test?: TestHooks, options: SandboxOptions = {}): Sandbox {
  // A short path: addresses of unix sockets are limited to about 107 bytes.
  const root = mkdtempSync(path.join(process.platform === 'linux' ? '/tmp' : tmpdir(), 'zdm-'));
  const home = path.join(root, options.home ?? 'home');
  const work = path.join(root, 'work');
  const { cli = BUILT_CLI } = options;
  const env = { ...cleanEnvironment(), ZDM_HOME: home, NO_COLOR: '1', ...options.env };
  const live: LiveProcess[] = [];
  let mayLeave = false;
  let lastLogs = '';

  const zdm = (args: readonly string[], more: RunOptions = {}): Promise<RunResult> =>
    run(cli, args, { cwd: work, ...more, env: { ...env, ...more.env } });
  const ok = async (args: readonly string[], more?: RunOptions): Promise<string> => {
    const result = await zdm(args, more);
    if (result.code !== 0) throw new Error(`zdm ${args.join(' ')} failed:\n${result.text}`);
    return result.stdout;
  };
  const list = async (): Promise<AppStatus[]> => JSON.parse(await ok(['list', '--json'])) as AppStatus[];
  const daemonPid = async (): Promise<number | null> => {
    const { code, stdout } = await zdm(['ping', '--json']);
    return code === 0 ? (JSON.parse(stdout) as { pid: number }).pid : null;
  };

  const cleanup = async (): Promise<void> => {
    if (!existsSync(root)) return;
    for (const one of live) one.kill('SIGKILL');
    const known = existsSync(home) ? await pidsOf(list, daemonPid).catch(() => []) : [];
    const killed = existsSync(home) ? await zdm(['kill'], { within: 60_000 }).catch(String) : '';
    const left = await survivors(home, known);
    for (const { pid } of left) killHard(pid);
    lastLogs = readLogs(home);
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    if (left.length === 0 || mayLeave) return;
    const names = left.map(({ pid, command }) => `  ${pid} ${command}`).join('\n');
    const said = typeof killed === 'string' ? killed : killed.text;
    throw new Error(`Still running after 'zdm kill':\n${names}\nIt said:\n${said}`);
  };
  const hooks = hooksOf(test);
  hooks?.onTestFinished(cleanup);
  hooks?.onTestFailed(() => console.error(lastLogs));

  return {
    ...makeFixtures(work),
    home,
    work,
    env,
    cli,
    zdm,
    ok,
    list,
    daemonPid,
    cleanup,
    spawnZdm(args, more = {}) {
      const started = spawnLive(cli, args, { cwd: work, ...more, env: { ...env, ...more.env } });
      live.push(started);
      return started;
    },
    async app(name) {
      const apps = await list();
      const found = apps.find((app) => app.name === name);
      if (!found) throw new Error(`No app '${name}' in the list: ${apps.map((app) => app.name).join(', ')}`);
      return found;
    },
    processes: () => processesOfHome(home),
    logs: () => readLogs(home),
    allowSurvivors: () => void (mayLeave = true),
  };
}

/**
 * Without what vitest and npm put there, which user programs and the daemon would inherit; and without extra certificates,
 * which can triple the time that each Node process takes to start.
 */
function cleanEnvironment(): Record<string, string | undefined> {
  const foreign =
    /^(VITEST|TEST$|NODE_ENV$|NODE_OPTIONS$|NODE_V8_COVERAGE$|NODE_EXTRA_CA_CERTS$|npm_|ZDM_|FORCE_COLOR$|TINYPOOL|PROD$|DEV$|MODE$|BASE_URL$|SSR$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

async function pidsOf(list: () => Promise<AppStatus[]>, daemonPid: () => Promise<number | null>): Promise<number[]> {
  const [apps, daemon] = await Promise.all([list(), daemonPid()]);
  const pids = apps.flatMap(({ masterPid, workers }) => [masterPid, ...workers.map(({ pid }) => pid)]);
  return [daemon, ...pids].filter((pid) => pid !== null);
}

/** Processes of the home that do not end by themselves; an environment can be wiped, so the known pids are looked at too. */
async function survivors(home: string, known: readonly number[]): Promise<FoundProcess[]> {
  const look = (): FoundProcess[] => {
    const found = processesOfHome(home);
    const hidden = known.filter((pid) => isAlive(pid) && found.every((one) => one.pid !== pid));
    return [...found, ...hidden.map((pid) => ({ pid, command: '(from the list)' }))];
  };
  await until(() => look().length === 0, { within: SETTLE_WITHIN }).catch(() => {});
  return look();
}

/** The names of all entries in a folder of the home, for tests of what is left on disk. */
export function entriesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted() : [];
}
