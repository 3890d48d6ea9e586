// Starting a process of ours so that it outlives whoever starts it: zdmd by a command, a master by zdmd.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import type { Layout } from '../protocol/layout.ts';
import { MARK_VARIABLE } from '../protocol/worker-link.ts';
import { makeRoom } from './log.ts';

export interface Launch {
  /** Path of the node that runs it; our own when it is left out. */
  readonly node?: string;
  /** It gets an IPC channel. */
  readonly talks?: boolean;
  readonly script: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Gets its stderr, appended. */
  readonly log: string;
  /** Written to its stdin, which is then closed. */
  readonly input: string;
}

/** Starts it detached. Resolves with the process; rejects with DAEMON_FAILED when it cannot be started at all. */
export async function launchDetached(launch: Launch): Promise<{ child: ChildProcess; failed: Promise<ZdmError> }> {
  const log = openLog(launch.log);
  const offset = fstatSync(log).size;
  try {
    const child = spawn(launch.node ?? process.execPath, [launch.script, ...launch.args], {
      detached: true,
      cwd: launch.cwd,
      env: launch.env,
      stdio: launch.talks ? ['pipe', 'ignore', log, 'ipc'] : ['pipe', 'ignore', log],
    });
    child.stdin!.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) =>
        reject(new ZdmError('DAEMON_FAILED', `Cannot start node: ${cause.message}`, null, { cause })),
      );
    });
    child.stdin!.end(launch.input);
    child.unref();
    const failed = new Promise<ZdmError>((resolve) => {
      child.once('exit', (code, signal) => {
        if (code !== 0)
          resolve(
            new ZdmError(
              'DAEMON_FAILED',
              `It ended with ${signal ?? `exit code ${code}`}. ${lastWords(launch.log, offset)}`,
              `See ${launch.log}`,
            ),
          );
      });
    });
    return { child, failed };
  } finally {
    closeSync(log);
  }
}

function openLog(file: string): number {
  try {
    makeRoom(file);
    return openSync(file, 'a', 0o600);
  } catch (cause) {
    const why = `Cannot write ${file}: ${messageOf(cause)}`;
    throw new ZdmError('DAEMON_FAILED', why, 'Can the disk be written, and is there room?', { cause });
  }
}

/** Starts zdmd, from its built `script`. Its `failed` never resolves when another one was faster. */
export function launchDaemon(
  layout: Layout,
  script: string,
  env: NodeJS.ProcessEnv,
): ReturnType<typeof launchDetached> {
  return launchDetached({
    script,
    args: [],
    // A worker may run the command that needs a daemon, or the master that brings it back: the daemon does not end with it.
    env: { ...env, [MARK_VARIABLE]: undefined },
    // Not the folder of whoever was first: it may be unmounted or deleted later.
    cwd: layout.home,
    log: layout.daemonLog,
    input: '',
  });
}

/** What it wrote to the log, without our own events: the sentence of an uncaught error, else the last line. */
function lastWords(file: string, offset: number): string {
  try {
    const lines = readFileSync(file).subarray(offset).toString().trim().split('\n');
    const words = lines.filter((line) => !line.startsWith('{"at":'));
    return words.find((line) => /^[\w.]*Error( \[\w+\])?: /.test(line)) ?? words.at(-1) ?? '';
  } catch {
    return '';
  }
}
