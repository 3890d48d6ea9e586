// Runs a Node.js program, to its end or live, with everything it prints.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { until } from './until.ts';

const PIPES_WITHIN = 1_000;

export interface RunOptions {
  cwd?: string;
  env?: Readonly<Record<string, string | undefined>>;
  /** Written to its stdin, which is then closed. */
  input?: string;
  /** Deadline in ms, after which it is killed (default 60 s). */
  within?: number;
}

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order they came, and how it ended. For messages. */
  readonly text: string;
  readonly ms: number;
  /** Something that it started still held its output open a second later; `zdm start | cat` would hang. */
  readonly pipesHeld: boolean;
}

export interface LiveProcess {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order they came. */
  readonly output: string;
  /** Waits until this is in what it printed (both streams). */
  waitFor(text: string | RegExp, within?: number): Promise<void>;
  /** Waits for its end. */
  ended(within?: number): Promise<RunResult>;
  write(text: string): void;
  kill(signal?: NodeJS.Signals): void;
}

/** Runs `node script args` to its end. Rejects only at the deadline. */
export async function run(script: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const live = spawnLive(script, args, options);
  try {
    return await live.ended(options.within ?? 60_000);
  } catch (error) {
    live.kill('SIGKILL');
    throw error;
  }
}

/** Starts `node script args` with the Node.js that runs the tests, so that the suite tests whichever it is run with. */
export function spawnLive(script: string, args: readonly string[], options: RunOptions = {}): LiveProcess {
  if (!existsSync(script)) throw new Error(`${script} is not there. Build first: npm run build`);
  const started = performance.now();
  const child = spawn(process.execPath, [script, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (options.input !== undefined) child.stdin?.end(options.input);
  const printed = { stdout: '', stderr: '', output: '' };
  let result: RunResult | undefined;
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (data: string) => {
      printed[stream] += data;
      printed.output += data;
    });
  }
  child.once('exit', (code, signal) => {
    const ms = performance.now() - started;
    const end = (pipesHeld: boolean): void => {
      const { stdout, stderr, output } = printed;
      const text = `${output}\n(${signal ?? `exit code ${code}`})`;
      result ??= { code, signal, stdout, stderr, text, ms, pipesHeld };
    };
    // The last output comes after the exit. A process left behind may hold the pipes open for ever: not waited for.
    const timer = setTimeout(() => end(true), PIPES_WITHIN);
    child.once('close', () => {
      clearTimeout(timer);
      end(false);
    });
  });
  const command = args.join(' ');
  const soFar = (what: string) => (): string => `${what} of '${command}'. It printed:\n${printed.output}`;
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return printed.stdout;
    },
    get stderr() {
      return printed.stderr;
    },
    get output() {
      return printed.output;
    },
    async waitFor(text, within = 20_000) {
      const found = (): boolean =>
        typeof text === 'string' ? printed.output.includes(text) : text.test(printed.output);
      const settled = (): boolean => found() || result !== undefined;
      await until(settled, { within, message: soFar(`${text} in the output`) });
      if (!found()) throw new Error(`It ended without ${text} in the output of '${command}':\n${result?.text}`);
    },
    ended: (within = 60_000) => until(() => result, { within, message: soFar('end') }),
    write: (text) => void child.stdin?.write(text),
    kill: (signal = 'SIGTERM') => void child.kill(signal),
  };
}
