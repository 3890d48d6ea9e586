// Starts a worker process. The only file that imports node:cluster.
import { spawn, type ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { basename } from 'node:path';
import type { AppSpec } from '../protocol/model.ts';
import { FOREGROUND, LINK_VARIABLE, MARK_VARIABLE } from '../protocol/worker-link.ts';

/** How workers are started. */
export interface SpawnOptions {
  /** Path of the preload, for a worker that is started now. */
  preload(): string;
  /** The master may have a terminal, whose Ctrl-C reaches its workers, too. */
  readonly inForeground: boolean;
}

/** One process of the app. */
interface Identity {
  readonly slot: number;
  readonly generation: number;
  /** Names it among all workers of the machine. */
  readonly mark: string;
  /** Nothing of it will last: an app that migrates or consumes at boot may want to know. */
  readonly rehearsal: boolean;
}

/** Starts one process of the app; it may fail to start, which its 'error' event tells. */
export function spawnWorker(
  spec: AppSpec,
  { slot, generation, mark, rehearsal }: Identity,
  options: SpawnOptions,
): ChildProcess {
  const env = {
    ...spec.env,
    NODE_APP_INSTANCE: String(slot),
    ZDM_APP: spec.name,
    ZDM_GENERATION: String(generation),
    [MARK_VARIABLE]: mark,
    ...(rehearsal ? { ZDM_REHEARSAL: '1' } : {}),
    // The names that master-process gave them.
    WORKER_INDEX: String(slot),
    RELOAD_INDEX: String(generation - 1),
    PPID: String(process.pid),
  };
  return spec.execMode === 'cluster' ? forkInCluster(spec, env, options) : spawnOnItsOwn(spec, env);
}

function forkInCluster(
  spec: AppSpec,
  env: Record<string, string>,
  { preload, inForeground }: SpawnOptions,
): ChildProcess {
  cluster.setupPrimary({
    exec: spec.script,
    args: [...spec.args],
    execArgv: [...spec.nodeArgs, '--require', preload()],
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
