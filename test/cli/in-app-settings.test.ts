import { describe, expect, test } from 'vitest';
import { type Around, type MasterOptions, specOf } from '../../cli/in-app/settings.ts';

const AROUND: Around = {
  argv: ['/usr/bin/node', '/srv/my app/server.mjs', '--port', '80'],
  execArgv: ['--enable-source-maps'],
  env: { PATH: '/usr/bin', NOTHING: undefined },
  cwd: '/srv',
  cpus: 8,
};

function read(options: MasterOptions, env: Record<string, string> = {}) {
  return specOf(options, { ...AROUND, env: { ...AROUND.env, ...env } });
}

test('the app is this very program', () => {
  expect(read({})).toMatchObject({
    name: 'server',
    script: '/srv/my app/server.mjs',
    args: ['--port', '80'],
    nodeArgs: ['--enable-source-maps'],
    cwd: '/srv',
    env: { PATH: '/usr/bin' },
    execMode: 'cluster',
    instances: 1,
    killTimeout: 5_000,
    throttle: { first: 1_000, most: 60_000 },
    limits: { memory: null, cpu: null, memorySamples: 10, cpuSamples: 10, grace: 30_000 },
  });
});

test('a name that no app may have is made one', () => {
  expect(specOf({}, { ...AROUND, argv: ['node', '/srv/main server (1).js'] }).name).toBe('main-server--1-');
});

test.each([
  ['4', 4],
  ['MAX', 8],
  ['AUTO', 7],
])('WORKERS=%s', (WORKERS, instances) => expect(read({}, { WORKERS }).instances).toBe(instances));

test('AUTO leaves one worker on one core', () => {
  expect(specOf({ workers: 'AUTO' }, { ...AROUND, cpus: 1 }).instances).toBe(1);
});

describe('every variable has an option, which stands above it', () => {
  test.each<[MasterOptions, Record<string, string>, object, object]>([
    [{ workers: 3 }, { WORKERS: '2' }, { instances: 2 }, { instances: 3 }],
    [
      { workerThrottle: '2 seconds' },
      { WORKER_THROTTLE: '1500' },
      { throttle: { first: 1_500, most: 60_000 }, minUptime: 1_500 },
      { throttle: { first: 2_000, most: 60_000 }, minUptime: 2_000 },
    ],
    [
      { restartBackoff: 'exponential' },
      { RESTART_BACKOFF: 'constant' },
      { throttle: { first: 1_000, most: 1_000 } },
      { throttle: { first: 1_000, most: 60_000 } },
    ],
    [{ maxKillTimeout: 1 }, { MAX_KILL_TIMEOUT: '5 seconds' }, { killTimeout: 5_000 }, { killTimeout: 1 }],
    [
      { maxMemoryAllowedMb: 2 },
      { MAX_MEMORY_ALLOWED_MB: '1' },
      { limits: { memory: 1_048_576 } },
      { limits: { memory: 2_097_152 } },
    ],
    [{ maxCpuAllowed: 90 }, { MAX_CPU_ALLOWED: '95' }, { limits: { cpu: 95 } }, { limits: { cpu: 90 } }],
    [
      { memMonitorFailures: 3 },
      { MEM_MONITOR_FAILURES: '4' },
      { limits: { memorySamples: 4 } },
      { limits: { memorySamples: 3 } },
    ],
    [
      { cpuMonitorFailures: 3 },
      { CPU_MONITOR_FAILURES: '4' },
      { limits: { cpuSamples: 4 } },
      { limits: { cpuSamples: 3 } },
    ],
    [{ monitorGrace: '1m' }, { MONITOR_GRACE: '0' }, { limits: { grace: 0 } }, { limits: { grace: 60_000 } }],
    [{ listenTimeout: '1m' }, { LISTEN_TIMEOUT: '3s' }, { listenTimeout: 3_000 }, { listenTimeout: 60_000 }],
    [{ drainTimeout: '1m' }, { DRAIN_TIMEOUT: '3s' }, { drainTimeout: 3_000 }, { drainTimeout: 60_000 }],
  ])('%j, %j', (options, env, byVariable, byOption) => {
    expect(read({}, env)).toMatchObject(byVariable);
    expect(read(options, env)).toMatchObject(byOption);
  });
});

test.each<[MasterOptions, RegExp]>([
  [{ worker: 3 } as MasterOptions, /there is no option "worker"\. There are: workers, /],
  [{ workers: 0 }, /workers \(or WORKERS\): expected a number of workers, "MAX" or "AUTO", got 0/],
  [{ workers: 1.5 }, /expected a number of workers/],
  [{ workers: 5_000 }, /expected a number of workers/],
  [{ maxKillTimeout: 'soon' }, /maxKillTimeout \(or MAX_KILL_TIMEOUT\): expected a duration such as/],
  [{ maxKillTimeout: -1 }, /expected a duration/],
  [{ maxCpuAllowed: 0 }, /maxCpuAllowed \(or MAX_CPU_ALLOWED\): expected a number above 0/],
  [{ memMonitorFailures: Number.NaN }, /expected a number above 0/],
])('%j is refused', (options, message) => expect(() => read(options)).toThrow(message));

test('without a script there is nothing to start', () => {
  expect(() => specOf({}, { ...AROUND, argv: ['/usr/bin/node'] })).toThrow(/needs a script/);
});
