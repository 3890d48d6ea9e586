// What is said about operations: how new code gets on, and what it did to connections. Times and durations as in model.ts.
import type { OperationKind } from './operation-kinds.ts';
import type { Strategy } from './spec.ts';

export type { OperationKind } from './operation-kinds.ts';

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
