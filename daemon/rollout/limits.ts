// PURE: when a worker has used too much for too long.
import type { Limits } from '../protocol/spec.ts';

/** Samples in a row in which a worker was beyond its limit. */
export interface Streak {
  readonly memory: number;
  readonly cpu: number;
}

export const NO_STREAK: Streak = { memory: 0, cpu: 0 };

/** From this share of its limit on, a worker is told that its memory is high. */
const HIGH = 0.8;

/** What is known of a worker after one more sample. */
export interface Verdict {
  readonly streak: Streak;
  /** Of what it used too much, for too long; null when it may stay. */
  readonly excess: 'memory' | 'cpu' | 'hang' | null;
  /** Its memory in percent of the limit, when that is high; else null. */
  readonly high: number | null;
}

/** What was measured of a worker: bytes, percent of one core, ms; null what was not. `silence`: see isHung. */
interface Measured {
  readonly memory: number | null;
  readonly cpu: number | null;
  readonly silence: number;
  readonly uptime: number;
}

/** Called once a second for each worker. */
export function judge(limits: Limits, streak: Streak, { memory, cpu, silence, uptime }: Measured): Verdict {
  // While its code is compiled a worker uses more than it will.
  if (uptime < limits.grace) return { streak: NO_STREAK, excess: null, high: null };
  const next = {
    memory: isBeyond(memory, limits.memory) ? streak.memory + 1 : 0,
    cpu: isBeyond(cpu, limits.cpu) ? streak.cpu + 1 : 0,
  };
  // What is blocked uses a core as well: that it is blocked says more.
  const hung = isHung(limits, silence) && uptime >= limits.grace + (limits.hang ?? 0);
  const much = next.memory >= limits.memorySamples ? 'memory' : next.cpu >= limits.cpuSamples ? 'cpu' : null;
  const excess = hung ? 'hang' : much;
  const share = memory !== null && limits.memory !== null ? memory / limits.memory : 0;
  return { streak: next, excess, high: share > HIGH ? Math.round(share * 100) : null };
}

/**
 * `silence`: how often in a row (once a second) it had not answered by the next time it was asked. Counted and not measured:
 * the time that this process itself did not run is none that the worker was silent.
 */
export function isHung(limits: Limits | null, silence: number): boolean {
  return limits !== null && limits.hang !== null && silence > 0 && silence * 1_000 >= limits.hang;
}

function isBeyond(value: number | null, limit: number | null): boolean {
  return value !== null && limit !== null && value > limit;
}
