// The words of the state machine that decides what an app's master does. Plain data, so that a state can be
// printed, compared and replayed. Times are ms since the epoch and always come in with an event.
import type { ControlAction } from '../protocol/contract.ts';
import type { AppSpec, Cohort, OperationKind, Strategy, WorkerStage } from '../protocol/model.ts';
import type { Canary, SlotWork, Trial } from './work.ts';

export type { Canary, SlotWork, Trial } from './work.ts';

/**
 * The part of a spec that decisions depend on. `probed`: a new worker is asked for its health, or warmed up, before it is ready.
 * `awaited`: it is said where a new worker has to listen.
 */
export type Policy = { readonly probed: boolean; readonly awaited: boolean } & Pick<
  AppSpec,
  | 'strategy'
  | 'surge'
  | 'minReady'
  | 'progressDeadline'
  | 'bake'
  | 'canary'
  | 'execMode'
  | 'waitReady'
  | 'listenTimeout'
  | 'killTimeout'
  | 'drainTimeout'
  | 'autorestart'
  | 'stopExitCodes'
  | 'maxRestarts'
  | 'restartWindow'
  | 'minUptime'
  | 'restartDelay'
  | 'throttle'
>;

/**
 * How a retired worker parts with its connections. `hand-over`: idle ones move to other workers, the rest may end in their
 * own time (up to the drain timeout). `hand-back`: idle ones move to the waiting line, only requests in flight may end.
 * `finish`: nothing moves, only requests in flight may end.
 */
export type Parting = 'hand-over' | 'hand-back' | 'finish';

export interface Worker {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  stage: WorkerStage;
  /** The present stage is over at this time whatever happens; null when it has no limit. */
  deadline: number | null;
  readonly startedAt: number;
  readyAt: number | null;
  saidReady: boolean;
  listening: boolean;
  healthy: boolean;
  /** What its last health check said when it was not healthy. */
  ailment: string | null;
  parting: Parting | null;
  /** Dismissed, and may be taken back: it is not stopped when it has parted with what it had. */
  kept: boolean;
  /** A draining worker that has no request in flight any more. */
  settled: boolean;
  /** To be replaced by another one of the same generation. */
  outdated: boolean;
  /** Idle connections that cannot move were told that they may stay this long (ms). */
  promised: number;
}

export interface Slot {
  readonly index: number;
  /** The generation that a crashed worker of this slot comes back as. */
  generation: number;
  /** Quick deaths in a row. */
  failures: number;
  /** When the first of them was. */
  failingSince: number;
  /** A replacement may not start before this time. */
  retryAt: number;
  /** Why nothing is started here any more; a command clears it. */
  givenUp: string | null;
  /** Why the last try could not even begin, for reasons that lie outside of the app. */
  obstacle: string | null;
  /** Given up because its worker has done what it was for. */
  finished: boolean;
}

/** `start-first` has the new worker ready before the old one is dismissed; `stop-first` is for apps that own their port. */
type Order = 'start-first' | 'stop-first';

/** What is asked of the machine. */
export interface Request {
  readonly op: string;
  readonly kind: OperationKind;
  /** The wanted number of instances, or null to leave it. */
  readonly instances: number | null;
  /** The one slot whose worker is replaced; null for everything but a `replace`. */
  readonly slot: number | null;
  /** A new description of the app, or null to leave it. */
  readonly policy: Policy | null;
  /** How many more workers the memory has room for; null when that is not known. `figures` says it in words. */
  readonly room: { readonly workers: number; readonly figures: string } | null;
  /** A worker that dies before it is ready is tried again instead of failing the operation (after a reboot). */
  readonly patient: boolean;
}

export interface Operation {
  readonly request: Request;
  readonly from: number;
  readonly to: number;
  readonly order: Order;
  /** How many slots may be worked on at once. */
  readonly surge: number;
  /** Workers were serving when it began: if it fails, they stay. */
  readonly protects: boolean;
  /** What a failure goes back to. */
  readonly before: { readonly policy: Policy; readonly instances: number };
  /** Null for everything that does not replace code by other code while it serves. */
  readonly strategy: Strategy | null;
  slots: SlotWork[];
  readonly canary: Canary | null;
  /** It has failed when it is not done by then; null when it may take as long as it takes. */
  deadline: number | null;
  /** It has failed, and the slots that it changed go back. */
  returning: Refusal | null;
  /** Every slot is done; workers that finish their last requests are waited for until then. */
  settleBy: number | null;
  /** No further slot is taken up. */
  paused: boolean;
  /** Since when it is paused: that time does not count. */
  pausedAt: number;
  note: string | null;
}

export interface Machine {
  policy: Policy;
  /** What the user wants: running or not, and how many. */
  up: boolean;
  instances: number;
  /** The generation that new slots run. */
  generation: number;
  lastGeneration: number;
  /** What served before that, and a rollback goes back to. */
  previous: { readonly generation: number; readonly policy: Policy } | null;
  trial: Trial | null;
  /** Does the app listen? null until a worker has shown it. */
  listens: boolean | null;
  slots: Slot[];
  workers: Worker[];
  operation: Operation | null;
  /** The operation that began last. */
  latest: string | null;
  queue: Request[];
  nextWorker: number;
  restarts: number;
}

export type Event = { readonly at: number } & (
  | { readonly type: 'command'; readonly request: Request }
  | { readonly type: 'listening'; readonly worker: number }
  | { readonly type: 'ready'; readonly worker: number }
  /** A health check of a new worker: it is healthy and warm, or not, and `why`. */
  | { readonly type: 'checked'; readonly worker: number; readonly healthy: boolean; readonly why: string | null }
  /** It uses more than it may. */
  | { readonly type: 'exceeded'; readonly worker: number; readonly why: string }
  /** What the workers of both codes have answered since the canary began to bake. */
  | { readonly type: 'measured'; readonly old: Cohort; readonly fresh: Cohort }
  /** No request in flight any more; `empty` when no connection is left either. */
  | { readonly type: 'settled'; readonly worker: number; readonly empty: boolean }
  /** Its idle connections that cannot move may count on `ms`; 0 takes that back. */
  | { readonly type: 'promised'; readonly worker: number; readonly ms: number }
  /** `code` is null when it did not end with one. `why` says it in words; `random` in [0, 1) spreads the backoff. */
  | {
      readonly type: 'exit';
      readonly worker: number;
      readonly code: number | null;
      readonly why: string;
      readonly random: number;
    }
  /** A master before this one knew it, and it is not there any more. */
  | { readonly type: 'absent'; readonly worker: number }
  /** The code that it was to run is not there any more. */
  | { readonly type: 'missing'; readonly worker: number; readonly why: string }
  /** There was no room for its process; `why` says which. */
  | { readonly type: 'unstarted'; readonly worker: number; readonly why: string }
  /** Somebody steers the operation that runs; `by` says who and how. */
  | { readonly type: 'control'; readonly action: ControlAction; readonly by: string | null }
  /** Time has passed. */
  | { readonly type: 'tick' }
);

/** Why an operation failed; `worker` is the new worker that did not make it. */
export interface Refusal {
  readonly slot: number | null;
  readonly worker: number | null;
  readonly reason: string;
}

export type Effect =
  /** The operation as it is when it begins. */
  | { readonly type: 'begin'; readonly operation: Operation }
  | { readonly type: 'fork'; readonly worker: number; readonly slot: number; readonly generation: number }
  /** It is ready, and gets nothing yet. */
  | { readonly type: 'standby'; readonly worker: number }
  /** Everybody changes in this turn: hand out nothing until those that are drained in it have heard of that. */
  | { readonly type: 'switch' }
  /** Route connections to it from now on. */
  | { readonly type: 'admit'; readonly worker: number }
  /** The same with one that was dismissed, and kept. */
  | { readonly type: 'readmit'; readonly worker: number }
  /** Route nothing to it any more, and let it part with what it has, `within` ms at most. `kept`: it may be taken back. */
  | {
      readonly type: 'drain';
      readonly worker: number;
      readonly parting: Parting;
      readonly within: number;
      readonly kept: boolean;
    }
  /** The app's own stop signal; connections that it still has are cut. */
  | { readonly type: 'signal'; readonly worker: number }
  | { readonly type: 'kill'; readonly worker: number }
  /** What has taken over a moment ago crashes again and again: somebody has to ask for a rollback. */
  | { readonly type: 'alarm'; readonly reason: string }
  /** `last`: the operation as it was then, where it had begun. */
  | {
      readonly type: 'end';
      readonly op: string;
      readonly refusal: Refusal | null;
      readonly note: string | null;
      readonly last?: Operation;
    };
