// What is said about apps. Every process of zdm speaks of apps in these words.
// Times are milliseconds since the epoch, durations are milliseconds, memory is bytes.
import type { OperationStatus } from './rollout.ts';
import type { AppSpec } from './spec.ts';

export type { AppHistory, Series } from './history.ts';
export type * from './rollout.ts';
export type { AppSpec, Balance, CanaryPlan, ExecMode, Health, Limits, Share, Sticky, Strategy } from './spec.ts';

/**
 * `standby`: it gets no connections and could take them at once: new and not yet let in, or replaced and kept warm for the way
 * back.
 */
export type WorkerStage = 'starting' | 'standby' | 'online' | 'draining' | 'stopping';

/** What was measured of one worker. Null: not measured yet, or not measurable (in fork mode all but CPU and memory). */
export interface WorkerFigures {
  /** Percent of one core, and resident bytes. */
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly connections: number;
  /** Requests answered since it started. */
  readonly requests: number;
  /** How late (ms) its event loop was at worst in the last second. */
  readonly lag: number | null;
  /** 95 of 100 requests answered in the last second took at most this (ms); null when there were none. */
  readonly latency: number | null;
}

export interface WorkerStatus extends WorkerFigures {
  /** Unique in the life of the app's master. */
  readonly id: number;
  readonly slot: number;
  readonly pid: number;
  readonly generation: number;
  readonly stage: WorkerStage;
  readonly startedAt: number;
  readonly readyAt: number | null;
  /** When the present stage is cut short: ready limit, drain limit, kill limit. */
  readonly deadline: number | null;
}

export type AppState = 'online' | 'starting' | 'stopping' | 'backoff' | 'errored' | 'stopped' | 'unreachable';

/** How a worker ended. `lines` is the end of what it printed to stderr (stdout when stderr is empty). */
export interface ExitRecord {
  readonly at: number;
  readonly slot: number;
  readonly pid: number;
  readonly generation: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly uptime: number;
  readonly lines: readonly string[];
}

/** Something that happened to an app: a worker that ended unasked, or an operation that ended. */
export type AppEvent = { readonly at: number } & (
  | ({ readonly type: 'exit' } & Omit<ExitRecord, 'lines' | 'at'>)
  | ({
      readonly type: 'operation';
      /** Why it failed; null when it did not. */
      readonly reason: string | null;
      /** From its beginning to its end. */
      readonly took: number;
    } & Pick<OperationStatus, 'op' | 'kind' | 'by' | 'from' | 'to' | 'receipt'>)
);

/** One code of an app, with the environment and the options that belong to it. */
export interface ReleaseInfo {
  readonly generation: number;
  /** The script behind all links, as it was resolved when the release began. */
  readonly script: string;
  readonly startedAt: number;
}

/** What `zdm rollback` would go back to. */
export interface PreviousRelease extends ReleaseInfo {
  /** Until then its workers wait in standby, and going back takes no boot; null when they do not. */
  readonly warmUntil: number | null;
}

/** The whole truth about one app, as its master tells it and the daemon mirrors it. */
export interface AppStatus {
  readonly id: number;
  readonly name: string;
  readonly spec: AppSpec;
  readonly state: AppState;
  /** Why it is in this state, in words; null when there is nothing to explain. */
  readonly reason: string | null;
  /** When a worker that died is tried again; null when none waits for that, or something else is to be explained. */
  readonly retryAt: number | null;
  readonly masterPid: number | null;
  /** The zdm that the master is of. */
  readonly masterVersion: string | null;
  readonly generation: number;
  /** Null before anything has served. */
  readonly release: ReleaseInfo | null;
  readonly previous: PreviousRelease | null;
  readonly wanted: number;
  readonly up: number;
  /** Since when it has been serving without a break; when it does not serve, since when it is in its state. */
  readonly since: number;
  /** Crashed workers that were replaced, since the app was started. */
  readonly restarts: number;
  readonly workers: readonly WorkerStatus[];
  /** Where it listens, e.g. `3000`, `127.0.0.1:3000`, `/run/api.sock`. */
  readonly listeners: readonly string[];
  /** Connections that wait for a worker at this moment. */
  readonly waiting: number;
  readonly lastExit: ExitRecord | null;
  /** Running and queued operations, then the last ended ones; oldest first. */
  readonly operations: readonly OperationStatus[];
  /** The last things that happened to it, oldest first. */
  readonly events: readonly AppEvent[];
}

/** What changed within a second without anything having happened. */
export interface AppFigures {
  readonly name: string;
  readonly at: number;
  readonly waiting: number;
  readonly workers: readonly ({ readonly id: number } & WorkerFigures)[];
}

export type LogStream = 'out' | 'err';

export interface LogLine {
  readonly app: string;
  readonly stream: LogStream;
  readonly text: string;
}

/** A line as the master took it from a worker. What only the log file still knows has no time and no slot. */
export interface OutputLine extends LogLine {
  /** Counts the lines of one master from 1, so that a gap can be seen; 0 for lines from the file. */
  readonly seq: number;
  readonly at: number | null;
  readonly slot: number | null;
  readonly generation: number | null;
}
