// What a master of 0.1.0 and the one that takes its app over say to each other. Nothing here changes any more: it goes when 0.1.0 is
// not upgraded from any more.
import type { Kept, MasterOperation } from './master-contract.ts';
import type { AppEvent, AppHistory, AppSpec, ExitRecord, OperationStatus, OutputLine } from './model.ts';
import type { ListenRequest } from './worker-link.ts';

/** The first thing that is said: an app comes, whose old master goes on until all of it has come. */
export interface Takeover {
  readonly act: 'takeover';
  readonly id: number;
  readonly spec: AppSpec;
  readonly heritage: Heritage;
}

/** What is known of the app at the beginning. */
export interface Heritage {
  /** What its workers run. */
  readonly generation: number;
  /** Does the app listen? null when that has not shown yet. */
  readonly listens: boolean | null;
  /** What they run exactly, and what ran before; left out by masters that know of none. */
  readonly releases?: Kept | undefined;
  /** Its workers are counted from here. */
  readonly nextWorker: number;
}

/** The program that a `handover` of 0.1.0 starts. */
export interface HeirProgram {
  /** Path of the node that runs it. */
  readonly node: string;
  readonly script: string;
}

/** A place where the app listens. Its socket comes with the message. */
export interface InheritedListener {
  /** What the first worker asked for. */
  readonly request: ListenRequest;
  /** As people write it. */
  readonly place: string;
  readonly sockname: object;
  /** With `balance: kernel`, whose socket it is. */
  readonly slot: number | null;
}

/** Everything else that goes on in the heir. */
export interface Legacy {
  readonly lastGeneration: number;
  readonly restarts: number;
  /** Since when the app has been serving. */
  readonly since: number;
  /** Ended ones only, the handover among them. */
  readonly operations: readonly OperationStatus[];
  readonly events: readonly AppEvent[];
  readonly lastExit: ExitRecord | null;
  readonly history: AppHistory;
  /** The last lines that workers printed. */
  readonly lines: readonly OutputLine[];
  /** What was asked for meanwhile. */
  readonly waiting: readonly MasterOperation[];
}

export type ToHeir =
  | { readonly act: 'listener'; readonly listener: InheritedListener }
  /** Have a worker in each of the first `slots` slots; the last one has to listen at the places `keys`. */
  | { readonly act: 'fill'; readonly slots: number; readonly keys: readonly string[] }
  | PassedOn
  /** The old workers are gone: from now on it is the master. */
  | { readonly act: 'take-over'; readonly legacy: Legacy }
  /** It is not wanted any more: give back what it has, and end. */
  | { readonly act: 'withdraw' };

/** A connection comes with this message. */
interface PassedOn {
  readonly act: 'connection';
  readonly key: string;
  readonly moved: boolean;
}

export type FromHeir =
  | PassedOn
  /** It has them. */
  | { readonly act: 'filled'; readonly slots: number; readonly pid: number }
  | { readonly act: 'failed'; readonly reason: string; readonly lines: readonly string[] }
  /** It listens in the master's place. */
  | { readonly act: 'serving' };
