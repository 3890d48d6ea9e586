import { devNull } from 'node:os';
import path from 'node:path';
import { LIMIT_DEFAULTS, SPEC_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import { ZdmError, type ErrorCode } from '../../daemon/protocol/errors.ts';
import type { AppSpec, ExecMode } from '../../daemon/protocol/model.ts';
import { resolveEnv } from './environment.ts';
import type { AppFields } from './fields.ts';
import { chooseRunning } from './interpreter.ts';
import { checkName, nameOf } from './names.ts';
import { rolloutOf } from './rollout.ts';
import { findScript } from './script.ts';
import { isFolder } from './search-path.ts';

/** As with the usual backoff (ms). */
const LONGEST_DELAY = 15_000;

/** What an app description is resolved against. */
export interface SpecContext {
  /** What a relative cwd is relative to: the folder of the config file, or of the shell (see logicalCwd). */
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of zdm, where log files go. */
  readonly home: string;
  readonly cpus: number;
  readonly platform: NodeJS.Platform;
  /** process.execPath. */
  readonly node: string;
  /** BAD_CONFIG for files, BAD_USAGE for flags. */
  readonly code: ErrorCode;
}

/** Complete descriptions of the apps of one file or command. Throws on the first that cannot run as described. */
export function resolveSpecs(apps: readonly AppFields[], context: SpecContext): AppSpec[] {
  const specs = apps.map((app) => resolveSpec(app, context));
  const names = new Set<string>();
  for (const { name, script } of specs) {
    if (names.has(name)) {
      throw new ZdmError(context.code, `Two apps are called "${name}".`, `Give the one of ${script} another name.`);
    }
    names.add(name);
  }
  return specs;
}

/** One complete description: absolute paths, numbers, all variables. */
export function resolveSpec(app: AppFields, context: SpecContext): AppSpec {
  const cwd = path.resolve(context.dir, app.cwd ?? '.');
  if (!isFolder(cwd)) throw new ZdmError(context.code, `cwd: there is no folder ${cwd}.`);
  const name = checkName(nameOf(app, context.dir), context.code);
  const env = resolveEnv(app, cwd, context.env, context.code);
  const search = { env, platform: context.platform };
  const found = findScript(app.script, cwd, search);
  const running = chooseRunning(app, found, { ...search, cwd, node: context.node, code: context.code });
  const instances = countInstances(app.instances ?? SPEC_DEFAULTS.instances, context.cpus);
  return {
    name,
    script: found.file,
    args: app.args ?? SPEC_DEFAULTS.args,
    cwd,
    env,
    execMode: running.execMode,
    interpreter: running.interpreter,
    nodeArgs: app.node_args ?? SPEC_DEFAULTS.nodeArgs,
    instances,
    waitReady: app.wait_ready ?? SPEC_DEFAULTS.waitReady,
    listenTimeout: app.listen_timeout ?? SPEC_DEFAULTS.listenTimeout,
    ...rolloutOf(app, { name, cwd, instances, execMode: running.execMode, code: context.code }),
    killTimeout: app.kill_timeout ?? SPEC_DEFAULTS.killTimeout,
    drainTimeout: app.drain_timeout ?? SPEC_DEFAULTS.drainTimeout,
    holdTimeout: app.hold_timeout ?? SPEC_DEFAULTS.holdTimeout,
    move: app.move ?? SPEC_DEFAULTS.move,
    balance: app.balance ?? SPEC_DEFAULTS.balance,
    sticky: app.sticky ?? SPEC_DEFAULTS.sticky,
    socketMode: app.socket_mode ?? SPEC_DEFAULTS.socketMode,
    shutdownWithMessage: app.shutdown_with_message ?? SPEC_DEFAULTS.shutdownWithMessage,
    treekill: app.treekill ?? SPEC_DEFAULTS.treekill,
    autorestart: app.autorestart ?? SPEC_DEFAULTS.autorestart,
    stopExitCodes: app.stop_exit_codes ?? SPEC_DEFAULTS.stopExitCodes,
    maxRestarts: app.max_restarts ?? SPEC_DEFAULTS.maxRestarts,
    restartWindow: app.restart_window ?? SPEC_DEFAULTS.restartWindow,
    minUptime: app.min_uptime ?? SPEC_DEFAULTS.minUptime,
    restartDelay: app.restart_delay ?? SPEC_DEFAULTS.restartDelay,
    throttle: throttleOf(app),
    limits: limitsOf(app, running.execMode, context.code),
    outFile: logFile(app.out_file, cwd, context.home, `${name}-out.log`),
    errorFile: logFile(app.error_file, cwd, context.home, `${name}-error.log`),
  };
}

/** Of PM2's backoff only the beginning can be set. */
function throttleOf({ exp_backoff_restart_delay: first = 0 }: AppFields): AppSpec['throttle'] {
  return first === 0 ? SPEC_DEFAULTS.throttle : { first, most: Math.max(first, LONGEST_DELAY) };
}

function limitsOf(app: AppFields, mode: ExecMode, code: ErrorCode): AppSpec['limits'] {
  const memory = limit(app.max_memory_restart);
  const cpu = limit(app.max_cpu_restart);
  const hang = limit(app.hang_timeout);
  if (hang !== null && mode === 'fork')
    throw new ZdmError(
      code,
      'hang_timeout is for cluster mode: whether the event loop of a fork-mode app turns, nobody can ask.',
    );
  if (memory === null && cpu === null && hang === null) return SPEC_DEFAULTS.limits;
  const samples = app.limit_samples ?? LIMIT_DEFAULTS.samples;
  const grace = app.limit_grace ?? LIMIT_DEFAULTS.grace;
  return { memory, cpu, hang, memorySamples: samples, cpuSamples: samples, grace };
}

/** 0 is none. */
function limit(value = 0): number | null {
  return value === 0 ? null : value;
}

/** `max` and 0 are all cores, -1 all but one; at least one. */
export function countInstances(instances: number | 'max', cpus: number): number {
  if (instances === 'max') return Math.max(1, cpus);
  return instances > 0 ? instances : Math.max(1, cpus + instances);
}

// PM2's files say NULL for no log at all.
function logFile(given: string | undefined, cwd: string, home: string, usual: string): string {
  if (given === undefined) return path.join(home, 'logs', usual);
  return given === 'NULL' ? devNull : path.resolve(cwd, given);
}
