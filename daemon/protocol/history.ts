// What is said about the past of an app: the figures of its last minutes.

/**
 * The last minutes of figures, one value a second, oldest first; all lists end at the same moment. A younger worker has
 * shorter ones. `requests` are those answered in that second.
 */
export interface Series {
  readonly cpu: readonly (number | null)[];
  readonly memory: readonly (number | null)[];
  readonly connections: readonly (number | null)[];
  readonly requests: readonly (number | null)[];
  readonly lag: readonly (number | null)[];
  readonly latency: readonly (number | null)[];
}

/** The past of one app. `total` goes on across generations: sums, for lag and latency the worst. */
export interface AppHistory {
  readonly name: string;
  /** When the last values were taken. */
  readonly at: number;
  readonly total: Series;
  readonly workers: readonly ({ readonly id: number } & Series)[];
}
