import { SPEC_DEFAULTS } from '../../daemon/protocol/defaults.ts';
import type { AppSpec } from '../../daemon/protocol/model.ts';

/** A complete description of an app. */
export function sampleSpec(change: Partial<AppSpec> = {}): AppSpec {
  return {
    ...SPEC_DEFAULTS,
    name: 'api',
    script: '/srv/api/api.js',
    args: ['--port', '3000'],
    cwd: '/srv/api',
    env: { PATH: '/usr/bin', SECRET: 'größer 😀' },
    execMode: 'cluster',
    interpreter: null,
    nodeArgs: [],
    instances: 2,
    outFile: '/srv/logs/api-out.log',
    errorFile: '/srv/logs/api-err.log',
    ...change,
  };
}
