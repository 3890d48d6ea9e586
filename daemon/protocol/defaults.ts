// Values of AppSpec fields that the user left out. Read by the CLI's config table, and where a description that an older zdm
// stored is completed; a spec that reaches the daemon is complete.
import type { AppSpec } from './model.ts';
import type { CanaryPlan, Health } from './spec.ts';

/** Durations in ms. PM2 kills after 1.6 s and calls 3 s of silence a success: both drop requests of ordinary apps. */
export const SPEC_DEFAULTS = {
  args: [],
  nodeArgs: [],
  instances: 1,
  waitReady: false,
  listenTimeout: 10_000,
  waitFor: [],
  health: null,
  warmup: [],
  strategy: 'rolling',
  surge: { unit: 'count', value: 1 },
  minReady: 0,
  progressDeadline: 600_000,
  bake: 30_000,
  canary: null,
  killTimeout: 5_000,
  drainTimeout: 30_000,
  holdTimeout: 30_000,
  move: true,
  balance: 'least',
  sticky: 'none',
  socketMode: 0o664,
  shutdownWithMessage: false,
  treekill: true,
  autorestart: true,
  stopExitCodes: [],
  maxRestarts: 16,
  // Longer than 16 deaths take, with the pauses between them and a boot of half a minute each.
  restartWindow: 900_000,
  minUptime: 1_000,
  restartDelay: 0,
  throttle: null,
  limits: null,
} as const satisfies Partial<AppSpec>;

/** What a health check is where only its path is said. Kubernetes' numbers, but for the interval: a rollout waits for it. */
export const HEALTH_DEFAULTS = {
  port: null,
  status: { least: 200, most: 399 },
  timeout: 2_000,
  interval: 1_000,
  successes: 1,
  failures: 3,
  headers: {},
} as const satisfies Omit<Health, 'path'>;

/** What a canary is where nothing is said of it. */
export const CANARY_DEFAULTS = {
  share: { unit: 'count', value: 1 },
  bake: 60_000,
  maxErrorRate: 0.01,
  maxLatencyRatio: 2,
  minRequests: 100,
} as const satisfies CanaryPlan;

/** How limits are applied where nothing is said: samples, one a second; and ms for a new worker to compile its code. */
export const LIMIT_DEFAULTS = { samples: 10, grace: 30_000 } as const;

/** More instances of one app than this are taken for a slip. */
export const MOST_INSTANCES = 1024;

/** Names are folder names and words on a command line: letters, digits and `. _ - @ +`, and neither a number nor `all`. */
export function isAppName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/.test(name) && !/^\d+$/.test(name) && name !== 'all';
}
