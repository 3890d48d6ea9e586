// When a worker that died is replaced, and when its slot is given up.
import type { Throttle } from '../protocol/spec.ts';
import type { Policy, Slot } from './types.ts';

const FIRST_DELAY = 100;
const LONGEST_DELAY = 15_000;
/** Before another try to start a process for which there was no room. */
const OBSTACLE_DELAY = 1_000;

/**
 * The delay (ms) before the replacement after `failures` quick deaths in a row: none after the first, then doubling up to
 * 15 s. `random` in [0, 1) takes off up to a quarter, so that the workers of one crash do not come back in one beat.
 */
export function backoff(failures: number, random: number): number {
  if (failures <= 1) return 0;
  const full = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 2));
  return Math.round(full * (1 - random / 4));
}

/** The same where a throttle is set; the time (ms) since its start counts as waited. */
export function throttled({ first, most }: Throttle, failures: number, age: number): number {
  return Math.max(0, Math.min(most, first * 2 ** (failures - 1)) - age);
}

/** Is this the end that a worker was meant to come to? Without autorestart a good end is one. */
export function isFinish({ autorestart, stopExitCodes }: Policy, code: number | null): boolean {
  return code !== null && (stopExitCodes.includes(code) || (code === 0 && !autorestart));
}

/** What a slot does after its worker died: changes `slot` and nothing else. */
export function recordDeath(
  slot: Slot,
  policy: Policy,
  death: {
    readonly at: number;
    readonly uptime: number;
    readonly age: number;
    readonly why: string;
    readonly random: number;
  },
): void {
  const { minUptime, restartWindow } = policy;
  const inTime = restartWindow === 0 || death.at - slot.failingSince < restartWindow;
  const goesOn = slot.failures > 0 && death.uptime < minUptime && inTime;
  slot.failures = goesOn ? slot.failures + 1 : 1;
  if (!goesOn) slot.failingSince = death.at;
  slot.obstacle = null;
  if (!policy.autorestart) {
    slot.givenUp = `it ended (${death.why}) and autorestart is off`;
  } else if (slot.failures > policy.maxRestarts) {
    slot.givenUp =
      policy.maxRestarts === 0
        ? `it died (${death.why}) and max_restarts is 0`
        : `it died ${slot.failures} times in a row without staying up for ${minUptime}ms, at last with ${death.why}`;
  } else {
    const { throttle, restartDelay } = policy;
    const delay = throttle ? throttled(throttle, slot.failures, death.age) : backoff(slot.failures, death.random);
    slot.retryAt = death.at + restartDelay + delay;
  }
}

/** What a slot does when there was no room for a process. No failure of the app's: it is tried for as long as that lasts. */
export function recordObstacle(slot: Slot, at: number, why: string): void {
  slot.obstacle = why;
  slot.retryAt = at + OBSTACLE_DELAY;
}
