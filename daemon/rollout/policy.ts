import type { AppSpec } from '../protocol/model.ts';
import type { Policy } from './types.ts';

/** The part of a description that decisions depend on; the rest (the environment above all) stays out of the state. */
export function policyOf(spec: AppSpec): Policy {
  const { execMode, waitReady, listenTimeout, killTimeout, drainTimeout } = spec;
  const { autorestart, stopExitCodes, maxRestarts, restartWindow, minUptime, restartDelay, throttle } = spec;
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
  };
}
