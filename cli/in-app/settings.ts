// PURE: from the environment variables that users of master-process know, and their names as options, to a description.
import path from 'node:path';
import { LONGEST_TIMER, milliseconds } from '../../daemon/protocol/duration.ts';
import { LIMIT_DEFAULTS, MOST_INSTANCES, SPEC_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import type { AppSpec } from '../../daemon/protocol/model.ts';

/** What init() takes. Each stands above the environment variable that it is named after. Times in ms, or as `'5s'`. */
export interface MasterOptions {
  /** `WORKERS`: a number, `'MAX'` for all cores, `'AUTO'` for all but one. 1. */
  readonly workers?: number | 'MAX' | 'AUTO';
  /** `WORKER_THROTTLE`: a worker that died before this time waits for the rest of it, and twice as long with each death in a row. 1 s. */
  readonly workerThrottle?: number | string;
  /** `RESTART_BACKOFF`: `'constant'` does not double. */
  readonly restartBackoff?: 'constant' | 'exponential';
  /** `MAX_KILL_TIMEOUT`: from the stop signal to SIGKILL. 5 s. */
  readonly maxKillTimeout?: number | string;
  /** `MAX_MEMORY_ALLOWED_MB`: a worker above it is replaced. No limit. */
  readonly maxMemoryAllowedMb?: number;
  /** `MAX_CPU_ALLOWED`: percent of one core. No limit. */
  readonly maxCpuAllowed?: number;
  /** `MEM_MONITOR_FAILURES`, `CPU_MONITOR_FAILURES`: so many seconds in a row. 10. */
  readonly memMonitorFailures?: number;
  readonly cpuMonitorFailures?: number;
  /** `MONITOR_GRACE`: how long a new worker is not watched, while its code is compiled. 30 s. */
  readonly monitorGrace?: number | string;
  /** `LISTEN_TIMEOUT`: how long a new worker may take until it listens. 10 s. */
  readonly listenTimeout?: number | string;
  /** `DRAIN_TIMEOUT`: how long an old worker may keep connections that cannot move. 30 s. */
  readonly drainTimeout?: number | string;
}

/** The process that init() was called in. */
export interface Around {
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly cpus: number;
}

/** The longest pause (ms) between two deaths. */
const LONGEST_PAUSE = 60_000;
const MEGABYTE = 1024 * 1024;
/** As JSON has no infinity. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** The app of this process; throws a TypeError that names the setting which cannot be understood. */
export function specOf(options: MasterOptions, around: Around): AppSpec {
  refuseUnknown(options);
  const { argv, execArgv, env, cwd } = around;
  const script = argv[1];
  if (script === undefined) throw new TypeError('zdm/master: init() needs a script to start workers of: node app.js');
  const given = (key: keyof MasterOptions): unknown => options[key] ?? (env[variableOf(key)] || undefined);
  const number = (key: keyof MasterOptions): number | null => readNumber(key, given(key));
  const duration = (key: keyof MasterOptions, usual: number): number => readDuration(key, given(key)) ?? usual;
  const first = duration('workerThrottle', 1_000);
  const constant = given('restartBackoff') === 'constant';
  const memory = number('maxMemoryAllowedMb');
  return {
    ...SPEC_DEFAULTS,
    name: path.basename(script, path.extname(script)).replace(/[^A-Za-z0-9._@+-]/g, '-'),
    script,
    args: argv.slice(2),
    cwd,
    env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    execMode: 'cluster',
    interpreter: null,
    nodeArgs: execArgv,
    instances: countWorkers(given('workers'), around.cpus),
    listenTimeout: duration('listenTimeout', SPEC_DEFAULTS.listenTimeout),
    drainTimeout: duration('drainTimeout', SPEC_DEFAULTS.drainTimeout),
    killTimeout: duration('maxKillTimeout', SPEC_DEFAULTS.killTimeout),
    // A master in a program never gives its workers up: who started it would have to notice.
    maxRestarts: FOR_EVER,
    restartWindow: 0,
    minUptime: first,
    throttle: { first, most: constant ? first : Math.max(first, LONGEST_PAUSE) },
    limits: {
      memory: memory === null ? null : memory * MEGABYTE,
      cpu: number('maxCpuAllowed'),
      hang: null,
      memorySamples: number('memMonitorFailures') ?? LIMIT_DEFAULTS.samples,
      cpuSamples: number('cpuMonitorFailures') ?? LIMIT_DEFAULTS.samples,
      grace: duration('monitorGrace', LIMIT_DEFAULTS.grace),
    },
    outFile: '/dev/null',
    errorFile: '/dev/null',
  };
}

/** `maxKillTimeout` is MAX_KILL_TIMEOUT. */
function variableOf(key: keyof MasterOptions): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

const KNOWN: { readonly [K in keyof Required<MasterOptions>]: true } = {
  workers: true,
  workerThrottle: true,
  restartBackoff: true,
  maxKillTimeout: true,
  maxMemoryAllowedMb: true,
  maxCpuAllowed: true,
  memMonitorFailures: true,
  cpuMonitorFailures: true,
  monitorGrace: true,
  listenTimeout: true,
  drainTimeout: true,
};

function refuseUnknown(options: MasterOptions): void {
  for (const key of Object.keys(options))
    if (!Object.hasOwn(KNOWN, key))
      throw new TypeError(`zdm/master: there is no option "${key}". There are: ${Object.keys(KNOWN).join(', ')}`);
}

function countWorkers(value: unknown, cores: number): number {
  if (value === undefined) return 1;
  if (value === 'MAX') return cores;
  if (value === 'AUTO') return Math.max(1, cores - 1);
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_INSTANCES) return count;
  throw wrong('workers', value, 'a number of workers, "MAX" or "AUTO"');
}

function readNumber(key: keyof MasterOptions, value: unknown): number | null {
  if (value === undefined) return null;
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw wrong(key, value, 'a number above 0');
}

function readDuration(key: keyof MasterOptions, value: unknown): number | null {
  if (value === undefined) return null;
  const ms = milliseconds(value);
  if (ms !== undefined && ms >= 0 && ms <= LONGEST_TIMER) return ms;
  throw wrong(key, value, 'a duration such as 500 (ms), "10s" or "2 minutes"');
}

function wrong(key: keyof MasterOptions, value: unknown, expected: string): TypeError {
  return new TypeError(
    `zdm/master: ${key} (or ${variableOf(key)}): expected ${expected}, got ${JSON.stringify(value)}`,
  );
}
