import type { AppSpec, Share } from '../protocol/model.ts';
import type { Policy } from './types.ts';

/** The part of a description that decisions depend on; the rest (the environment above all) stays out of the state. */
export function policyOf(spec: AppSpec): Policy {
  const { execMode, waitReady, listenTimeout, killTimeout, drainTimeout } = spec;
  const { autorestart, stopExitCodes, maxRestarts, restartWindow, minUptime, restartDelay, throttle } = spec;
  const { strategy, surge, minReady, progressDeadline, bake, canary, waitFor } = spec;
  return {
    execMode,
    waitReady,
    listenTimeout,
    killTimeout,
    drainTimeout,
    autorestart,
    stopExitCodes,
    maxRestarts,
    restartWindow,
    minUptime,
    restartDelay,
    throttle,
    strategy,
    surge,
    minReady,
    progressDeadline,
    bake,
    canary,
    probed: isProbed(spec),
    awaited: execMode === 'cluster' && waitFor.length > 0,
  };
}

/** Whether new workers of this app have to be asked before they get traffic. */
export function isProbed({ health, warmup }: Pick<AppSpec, 'health' | 'warmup'>): boolean {
  return health !== null || warmup.length > 0;
}

/** A share as a number of workers: at least one, parts rounded up. */
export function workersOf({ unit, value }: Share, instances: number): number {
  return Math.max(1, unit === 'count' ? value : Math.ceil((instances * value) / 100));
}
