// What is said about apps. Every process of zdm speaks of apps in these words.
// Times are milliseconds since the epoch, durations are milliseconds, memory is bytes.
import type { AppSpec, Strategy } from './spec.ts';

export type { AppHistory, Series } from './history.ts';
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

/**
 * `replace`: one worker, by a new one of the same code. `handover`: all of them, by those of another master, which goes on.
 * `rollback`: a reload to the release before. `rehearse`: one new worker is started, looked at and thrown away.
 */
export type OperationKind =
  | 'start'
  | 'reload'
  | 'rollback'
  | 'rehearse'
  | 'restart'
  | 'replace'
  | 'handover'
  | 'scale'
  | 'stop'
  | 'delete';

/** `standby`: its new worker waits for the others. `proving`: it serves, and the slot is not done before it has for a while. */
export type SlotPhase = 'waiting' | 'starting' | 'standby' | 'proving' | 'draining' | 'done' | 'failed';

export interface SlotProgress {
  readonly slot: number;
  readonly phase: SlotPhase;
  readonly oldPid: number | null;
  readonly newPid: number | null;
  /** From the fork of the new worker to its being ready; null before. */
  readonly readyAfter: number | null;
  /** From the dismissal of the old worker to its end; null before. */
  readonly goneAfter: number | null;
}

/** One line of a rollout's story, in the order it happened. */
export interface RolloutStep {
  readonly at: number;
  readonly slot: number | null;
  readonly text: string;
}

/**
 * What a rollout did to connections and requests. Counts are of this rollout only; those of its old workers go on changing
 * until the last of them has ended.
 */
export interface Receipt {
  /** Slots that run the new code, of those that should. */
  readonly replaced: number;
  readonly slots: number;
  /** Idle connections that went to another worker without the client noticing. */
  readonly moved: number;
  /** Connections that came to an end of their own with a replaced worker: the client's, or one that was announced to it. */
  readonly drained: number;
  /** WebSockets that were closed with a status that asks the client to connect again. */
  readonly told: number;
  /** Connections still with a replaced worker that drains in the background. */
  readonly open: number;
  /** Connections that were closed although the client was not finished. */
  readonly cut: number;
  /** Connections that a worker did not take in time, and that another one got. */
  readonly handedOver: number;
  /** Connections that had to wait because no worker was there, and the longest wait. */
  readonly held: number;
  readonly longestHold: number;
  /** The longest time without any worker that takes connections. */
  readonly gap: number;
  readonly requestsOld: number;
  readonly requestsNew: number;
  readonly duration: number;
}

/** What the workers of one code have answered since a canary began; `latency`: 95 of 100 within that (ms), null without any. */
export interface Cohort {
  readonly requests: number;
  readonly errors: number;
  readonly latency: number | null;
}

/** `inconclusive`: too little was asked of it for a verdict; a person decides, or the deadline does. */
export type Verdict = 'pass' | 'fail' | 'inconclusive';

/** How a canary gets on. */
export interface CanaryStatus {
  /** How many workers run the new code, and the percentage of new connections that they get. */
  readonly workers: number;
  readonly percent: number;
  /** When the verdict is due; null while its workers start. */
  readonly until: number | null;
  readonly old: Cohort;
  readonly fresh: Cohort;
  /** Null until there is one. */
  readonly verdict: Verdict | null;
  /** The verdict in words, with its figures. */
  readonly reason: string | null;
}

/** Why an operation did not do what was asked. */
export interface Failure {
  readonly slot: number | null;
  readonly reason: string;
  /** The last lines that the new worker printed. */
  readonly lines: readonly string[];
}

/** An operation on one app, from asked to ended. The last few ended ones stay visible. */
export interface OperationStatus {
  /** Chosen by whoever asked; unique per app. */
  readonly op: string;
  readonly kind: OperationKind;
  /** Who asked, and how: `deploy (zdm reload api)`; null when nobody did. */
  readonly by: string | null;
  /** How it replaces workers; null for what replaces none by other code. */
  readonly strategy: Strategy | null;
  /** It runs, and takes up no further slot until it is resumed. */
  readonly paused: boolean;
  /** It has failed, and its slots go back to the code that they had; the words say why. */
  readonly returning: string | null;
  readonly canary: CanaryStatus | null;
  readonly phase: 'queued' | 'running' | 'done' | 'failed';
  readonly askedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly from: number;
  readonly to: number;
  readonly slots: readonly SlotProgress[];
  readonly steps: readonly RolloutStep[];
  readonly receipt: Receipt | null;
  readonly failure: Failure | null;
  /** Something the user should know although nothing failed. */
  readonly note: string | null;
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
