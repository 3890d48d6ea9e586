// Starts a worker process. The only file that imports node:cluster.
import { spawn, type ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { basename } from 'node:path';
import type { AppSpec } from '../protocol/model.ts';
import { FOREGROUND, LINK_VARIABLE } from '../protocol/worker-link.ts';

/** How workers are started. */
export interface SpawnOptions {
  /** Path of the built preload. */
  readonly preload: string;
  /** The master may have a terminal, whose Ctrl-C reaches its workers, too. */
  readonly inForeground: boolean;
}

/** Starts one process of the app; it may fail to start, which its 'error' event tells. */
export function spawnWorker(spec: AppSpec, slot: number, generation: number, options: SpawnOptions): ChildProcess {
  const env = {
    ...spec.env,
    NODE_APP_INSTANCE: String(slot),
    ZDM_APP: spec.name,
    ZDM_GENERATION: String(generation),
    // The names that master-process gave them.
    WORKER_INDEX: String(slot),
    RELOAD_INDEX: String(generation - 1),
    PPID: String(process.pid),
  };
  return spec.execMode === 'cluster' ? forkInCluster(spec, env, options) : spawnOnItsOwn(spec, env);
}

/** Asks it to stop, in the way that its description says; `signal` is the one that it listens for. */
export function askToStop(child: ChildProcess, spec: AppSpec, signal: NodeJS.Signals): void {
  if (spec.shutdownWithMessage && child.connected) child.send('shutdown');
  else signalWorker(child, spec.execMode, signal);
}

/** The signal reaches the helpers of a fork-mode app too (npm, sh -c): it leads a process group of its own. */
export function signalWorker(child: ChildProcess, mode: AppSpec['execMode'], signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(mode === 'fork' ? -child.pid : child.pid, signal);
  } catch {
    // It has just ended.
  }
}

function forkInCluster(
  spec: AppSpec,
  env: Record<string, string>,
  { preload, inForeground }: SpawnOptions,
): ChildProcess {
  cluster.setupPrimary({
    exec: spec.script,
    args: [...spec.args],
    execArgv: [...spec.nodeArgs, '--require', preload],
    cwd: spec.cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    windowsHide: true,
  });
  const worker = cluster.fork({ ...env, [LINK_VARIABLE]: inForeground ? FOREGROUND : 'daemon' });
  // One that could not be started is forgotten by the cluster module only when it exits, which it never does.
  if (worker.process.pid === undefined) delete cluster.workers![worker.id];
  // Without a listener the cluster module would throw what the process reports.
  worker.on('error', () => undefined);
  return worker.process;
}

function spawnOnItsOwn(spec: AppSpec, env: Record<string, string>): ChildProcess {
  const { interpreter, script } = spec;
  const isNode = interpreter !== null && /^node(js)?$/.test(basename(interpreter));
  const program = isNode && interpreter === 'node' ? process.execPath : (interpreter ?? script);
  const args = interpreter === null ? [...spec.args] : [...spec.nodeArgs, script, ...spec.args];
  const child = spawn(program, args, {
    cwd: spec.cwd,
    env,
    detached: true,
    stdio: isNode ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  child.on('error', () => undefined);
  return child;
}
