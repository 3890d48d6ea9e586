// PURE: the figures of the last minutes, of each worker and of the app, one value a second.
import type { AppHistory, Series } from '../protocol/history.ts';

/** Values (seconds) that are kept. */
const KEEP = 180;

/** What was measured of one worker in a second; null what was not. `requests` are those answered since it started. */
export type Sample = { readonly id: number } & Figures;

type Figures = { readonly [K in keyof Series]: number | null };

export class History {
  private readonly total = new Track();
  private answered = 0;
  private readonly workers = new Map<number, { readonly track: Track; requests: number }>();

  /**
   * A second has passed; workers that are not in `samples` are forgotten. `answered`: requests answered since the app was
   * started, in which those of workers that have just ended are too.
   */
  add(samples: readonly Sample[], answered: number): void {
    this.total.add({ ...totalOf(samples), requests: samples.some(isCounted) ? answered - this.answered : null });
    this.answered = answered;
    const living = new Set(samples.map(({ id }) => id));
    for (const id of this.workers.keys()) if (!living.has(id)) this.workers.delete(id);
    for (const sample of samples) this.addWorker(sample);
  }

  /** Puts what another master has measured before what was measured here; the seconds in which both did are added up. */
  inherit(past: Series): void {
    this.total.precede(past);
  }

  get series(): Pick<AppHistory, 'total' | 'workers'> {
    const workers = [...this.workers].map(([id, { track }]) => ({ id, ...track.series }));
    return { total: this.total.series, workers };
  }

  private addWorker({ id, ...figures }: Sample): void {
    const worker = this.workers.get(id) ?? { track: new Track(), requests: 0 };
    const { requests } = figures;
    worker.track.add({ ...figures, requests: requests === null ? null : requests - worker.requests });
    worker.requests = requests ?? 0;
    this.workers.set(id, worker);
  }
}

/** The values of one worker, or of all together, oldest first. */
class Track {
  readonly series = { cpu: [], memory: [], connections: [], requests: [], lag: [], latency: [] } as {
    readonly [K in keyof Series]: (number | null)[];
  };

  precede(past: Series): void {
    for (const key of Object.keys(this.series) as (keyof Series)[]) {
      const own = this.series[key];
      const older = past[key];
      const shared = Math.min(own.length, older.length);
      const both = own
        .slice(-shared)
        .map((value, index) => together(key, value, older[older.length - shared + index]!));
      own.splice(0, Infinity, ...[...older.slice(0, older.length - shared), ...both].slice(-KEEP));
    }
  }

  add(figures: Figures): void {
    for (const key of Object.keys(this.series) as (keyof Series)[]) {
      const values = this.series[key];
      const value = figures[key];
      values.push(value === null ? null : Math.round(value));
      if (values.length > KEEP) values.shift();
    }
  }
}

function totalOf(samples: readonly Sample[]): Omit<Figures, 'requests'> {
  const known = (key: keyof Series): number[] => samples.map((one) => one[key]).filter((value) => value !== null);
  return {
    cpu: sum(known('cpu')),
    memory: sum(known('memory')),
    connections: sum(known('connections')),
    lag: worst(known('lag')),
    latency: worst(known('latency')),
  };
}

/** What two masters have measured in one second. */
function together(key: keyof Series, one: number | null, other: number | null): number | null {
  const known = [one, other].filter((value) => value !== null);
  return key === 'lag' || key === 'latency' ? worst(known) : sum(known);
}

function isCounted({ requests }: Sample): boolean {
  return requests !== null;
}

function sum(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
}

function worst(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
