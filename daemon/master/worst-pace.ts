// What is shown of how quick a worker was, second by second. Its seconds and those of the master do not fall together: of two
// reports between two samples the worse one counts, and a second without a report was like the one before.
import type { WorkerPace } from '../protocol/worker-link.ts';

export class WorstPace {
  /** As of the last sample. */
  shown: WorkerPace = { lag: null, latency: null };
  private latest: WorkerPace = this.shown;
  private worst: WorkerPace | null = null;

  /** The worker reported. */
  told({ lag, latency }: WorkerPace): void {
    this.latest = { lag, latency };
    this.worst = this.worst === null ? this.latest : worse(this.worst, this.latest);
  }

  /** A second of the master is over. */
  sample(): void {
    this.shown = this.worst ?? this.latest;
    this.worst = null;
  }
}

function worse(one: WorkerPace, other: WorkerPace): WorkerPace {
  return { lag: most(one.lag, other.lag), latency: most(one.latency, other.latency) };
}

function most(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}
