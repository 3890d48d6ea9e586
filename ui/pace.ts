// How often figures that nobody waits for are painted. What happens is painted at once.
import type { Action } from './state/state.ts';

const INTERVALS = [1000, 2000, 5000] as const;
/** Seconds of two clocks do not fall together. */
const SLACK = 150;

export interface Pace {
  /** Whether this change is to be painted now. */
  wants(action: Action): boolean;
  /** The next interval (ms). */
  slower(): number;
}

export function createPace(now: () => number = () => performance.now()): Pace {
  let interval: number = INTERVALS[0];
  let painted = -Infinity;
  /** Figures came since the last tick. */
  let moving = false;
  const isDue = (): boolean => {
    if (now() - painted < interval - SLACK) return false;
    painted = now();
    return true;
  };
  return {
    wants(action) {
      if (action.type === 'event' && action.event.type === 'figures') {
        moving = true;
        return isDue();
      }
      if (action.type !== 'tick') return true;
      // The clocks of a screen move with its figures; alone only where no figures come.
      const alone = !moving;
      moving = false;
      return alone && isDue();
    },
    slower() {
      interval = INTERVALS[(INTERVALS.indexOf(interval as 1000) + 1) % INTERVALS.length] ?? INTERVALS[0];
      return interval;
    },
  };
}
