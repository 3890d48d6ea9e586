// Starts a worker process. In cluster mode it is a worker of node:cluster without a primary of it: what the primary would do (binding,
// accepting, handing out) is done in daemon/master, and node's own channel becomes ours (daemon/channel).
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { basename } from 'node:path';
import type { AppSpec } from '../../protocol/model.ts';
import type { Fifos } from './fifos.ts';
import {
  FOREGROUND,
  IDENTITY_VARIABLE,
  LINK_VARIABLE,
  MARK_VARIABLE,
  type Identity,
} from '../../protocol/worker-link.ts';

/** How workers are started. */
export interface SpawnOptions {
  /** Path of the preload, for a worker that is started now. */
  preload(): string;
  /** The master may have a terminal, whose Ctrl-C reaches its workers, too. */
  readonly inForeground: boolean;
  /** Where a worker finds the next master when this one has gone; null: it ends with this one. */
  readonly socket: string | null;
  /** Ways for what workers print that outlive this master; null: they end with it. */
  readonly fifos: Fifos | null;
}

/** What a worker is started as. */
export interface Start extends Omit<Identity, 'app' | 'socket'> {
  /** Nothing of it will last: an app that migrates or consumes at boot may want to know. */
  readonly rehearsal: boolean;
  /** Where it writes what it prints: descriptors; new pipes when it is left out. */
  readonly output?: readonly [out: number, err: number] | undefined;
}

/**
 * Whether the preload runs in its workers, and so they say more than the app does: in cluster mode, and in fork mode where this very
 * Node runs the script. (Of another one nobody knows whether it can.)
 */
export function isPreloaded({ execMode, interpreter }: Pick<AppSpec, 'execMode' | 'interpreter'>): boolean {
  return execMode === 'cluster' || interpreter === 'node' || interpreter === process.execPath;
}

/** Starts one process of the app; it may fail to start, which its 'error' event tells. */
export function spawnWorker(spec: AppSpec, start: Start, options: SpawnOptions): ChildProcess {
  const { slot, generation, mark, rehearsal } = start;
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
  const child =
    spec.execMode === 'cluster' ? startInCluster(spec, env, start, options) : startOnItsOwn(spec, env, start, options);
  child.on('error', () => undefined);
  return child;
}

function startInCluster(spec: AppSpec, env: Record<string, string>, start: Start, options: SpawnOptions): ChildProcess {
  const nodeArgs = spec.nodeArgs.map((arg) => ownInspectPort(arg, start.slot));
  return spawn(
    spec.interpreter ?? process.execPath,
    [...nodeArgs, '--require', options.preload(), spec.script, ...spec.args],
    {
      cwd: spec.cwd,
      env: {
        ...env,
        // It makes node's own `cluster.isWorker` true.
        NODE_UNIQUE_ID: String(start.id),
        ...linkOf(spec, start, options),
      },
      stdio: stdioOf(start, true),
      windowsHide: true,
    },
  );
}

/** What the preload has to know, in variables that it removes. */
function linkOf(spec: AppSpec, start: Start, { inForeground, socket }: SpawnOptions): Record<string, string> {
  const { id, mark, slot, generation } = start;
  const identity: Identity = { app: spec.name, mark, id, slot, generation, socket };
  return {
    [LINK_VARIABLE]: inForeground ? FOREGROUND : 'daemon',
    [IDENTITY_VARIABLE]: JSON.stringify(identity),
  };
}

function startOnItsOwn(spec: AppSpec, env: Record<string, string>, start: Start, options: SpawnOptions): ChildProcess {
  const { interpreter, script } = spec;
  const isNode = interpreter !== null && /^node(js)?$/.test(basename(interpreter));
  const program = isNode && interpreter === 'node' ? process.execPath : (interpreter ?? script);
  const hasPreload = isPreloaded(spec);
  const preload = hasPreload ? ['--require', options.preload()] : [];
  const args = interpreter === null ? [...spec.args] : [...spec.nodeArgs, ...preload, script, ...spec.args];
  return spawn(program, args, {
    cwd: spec.cwd,
    env: hasPreload ? { ...env, ...linkOf(spec, start, options) } : env,
    detached: true,
    stdio: stdioOf(start, isNode),
    windowsHide: true,
  });
}

function stdioOf({ output }: Pick<Start, 'output'>, hasChannel: boolean): StdioOptions {
  const [out, err]: readonly ('pipe' | number)[] = output ?? ['pipe', 'pipe'];
  return hasChannel ? ['ignore', out!, err!, 'ipc'] : ['ignore', out!, err!];
}

/** Workers cannot share the port of an inspector: each has the one that was asked for, and its slot more. */
function ownInspectPort(arg: string, slot: number): string {
  const [, flag, host = '', port = '9229'] = /^(--inspect(?:-brk|-wait|-port)?)(?:=(?:(.*):)?(\d+))?$/.exec(arg) ?? [];
  if (flag === undefined || port === '0') return arg;
  return `${flag}=${host === '' ? '' : `${host}:`}${Number(port) + slot}`;
}
