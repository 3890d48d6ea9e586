// Real processes that run a few lines with the sources of the daemon: bundled first, because Node 20 runs no TypeScript.
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { onceEvent, until } from '../helpers/until.ts';

const DAEMON = fileURLToPath(new URL('../../daemon', import.meta.url));

/** Without what vitest adds, and without extra certificates, which make each start of Node slower. */
export const PLAIN_ENVIRONMENT: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

export interface Program {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it printed so far. */
  readonly output: string;
  /** Its exit code or the signal that ended it. */
  ended(): Promise<number | string | null>;
  /** Waits until it has printed this. */
  said(text: string): Promise<void>;
}

/** Bundles `code`, an ES module that imports from `daemon/` by paths like `./os/lock.ts`, into `folder`. */
export async function compile(folder: string, code: string): Promise<string> {
  const outfile = path.join(folder, `program-${Math.random().toString(36).slice(2)}.mjs`);
  const banner = { js: "import { createRequire as cr } from 'node:module'; const require = cr(import.meta.url);" };
  const stdin = { contents: code, resolveDir: DAEMON, loader: 'ts' } as const;
  await build({
    stdin,
    outfile,
    banner,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  return outfile;
}

/** Starts a script with the running Node.js; it is killed at the end of the test. */
export function start(script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...PLAIN_ENVIRONMENT, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const end = onceEvent(child, 'close', 60_000);
  end.catch(() => undefined);
  return {
    child,
    pid: child.pid!,
    get output() {
      return output;
    },
    ended: async () => {
      const [code, signal] = (await end) as [number | null, string | null];
      return code ?? signal;
    },
    said: async (text) => {
      await until(() => output.includes(text), { within: 20_000, message: () => `"${text}" in: ${output}` });
    },
  };
}
