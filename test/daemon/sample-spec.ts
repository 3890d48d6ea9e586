import type { AppSpec } from '../../daemon/protocol/model.ts';

/** A complete description of an app. */
export function sampleSpec(change: Partial<AppSpec> = {}): AppSpec {
  return {
    name: 'api',
    script: '/srv/api/api.js',
    args: ['--port', '3000'],
    cwd: '/srv/api',
    env: { PATH: '/usr/bin', SECRET: 'größer 😀' },
    execMode: 'cluster',
    interpreter: null,
    nodeArgs: [],
    instances: 2,
    waitReady: false,
    listenTimeout: 10_000,
    killTimeout: 5_000,
    drainTimeout: 30_000,
    holdTimeout: 30_000,
    move: true,
    autorestart: true,
    maxRestarts: 16,
    minUptime: 1_000,
    restartDelay: 0,
    outFile: '/srv/logs/api-out.log',
    errorFile: '/srv/logs/api-err.log',
    ...change,
  };
}
