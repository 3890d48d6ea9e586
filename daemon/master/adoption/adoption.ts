// One app is taken over from a master that has gone, with the workers that run. They are waited for within one time budget; then what
// is not there any more is told to the machine, and all goes on.
import type { Hello } from '../../protocol/worker-link.ts';

/** A worker that does not come within this time (ms) is blocked, or stopped: the others do not wait for it. */
const BUDGET = 1_500;

interface Surroundings {
  /** All have come, or the time is over. */
  concluded(): void;
}

export class Adoption {
  private readonly missing: Set<number>;
  private readonly around: Surroundings;
  private timer: NodeJS.Timeout | undefined;

  /** `expected` are the workers that will come by themselves. */
  constructor(expected: Iterable<number>, around: Surroundings) {
    this.missing = new Set(expected);
    this.around = around;
    this.timer = setTimeout(() => this.conclude(), this.missing.size === 0 ? 0 : BUDGET);
  }

  /** One has come, or ended. */
  settled(worker: number): void {
    if (this.missing.delete(worker) && this.missing.size === 0) this.conclude();
  }

  private conclude(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.around.concluded();
  }
}

/** PURE: which of the connections that `giver` gave away and keeps a copy of have arrived at another worker. */
export function takenOf(
  giver: { readonly mark: string; readonly gives: readonly number[] },
  hellos: Iterable<Pick<Hello, 'received'>>,
): number[] {
  const received = new Set([...hellos].flatMap((hello) => hello.received));
  return giver.gives.filter((give) => received.has(`${giver.mark}:${give}`));
}
