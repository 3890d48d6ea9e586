// What zdmd and the master say to each other. The master is the server: it outlives zdmd.
import type { ControlAction, Greeting, Hello, ScaleBy } from './contract.ts';
import type { AppFigures, AppHistory, AppSpec, AppStatus, OperationKind, OutputLine } from './model.ts';

/** One code of an app: PERSISTED in its folder, and told to heirs. */
export interface Release {
  readonly generation: number;
  /** As the user said it. */
  readonly spec: AppSpec;
  /** Behind all links. */
  readonly script: string;
  readonly cwd: string;
  /** What the code was then (daemon/os/code-mark.ts). */
  readonly mark: string;
  readonly startedAt: number;
}

/** What an app runs, and what it ran before. */
export interface Kept {
  readonly current: Release;
  readonly previous: Release | null;
}

/** An app that a master is to have. */
export interface OpenApp {
  readonly id: number;
  readonly spec: AppSpec;
}

/** One thing to do to the app. `spec` comes with it when the description changed. */
export interface MasterOperation {
  readonly op: string;
  readonly kind: OperationKind;
  readonly spec: AppSpec | null;
  readonly scale: ScaleBy | null;
  /** Whose worker a `replace` is about; null for everything else. */
  readonly slot: number | null;
  /** Started by the daemon itself (after a reboot or a dead master): workers that die at boot are tried again. */
  readonly patient: boolean;
  /** Who asked, and how; null when nobody did. */
  readonly by: string | null;
}

/** Something to do to the operation that runs. */
export interface ControlRequest {
  readonly action: ControlAction;
  /** Who asked, and how; null when nobody did. */
  readonly by: string | null;
}

/** What a master has been told of its app, for a daemon whose list has lost it. */
export interface Description {
  readonly id: number;
  /** With the values of its variables, which no status has. */
  readonly spec: AppSpec;
  readonly up: boolean;
  readonly deleted: boolean;
}

export interface MasterMethods {
  /** Everything else on this connection is about that app; without one only `open` and `apps` can be asked. NO_SUCH_APP when it is not there. */
  hello: { params: Hello & { readonly app?: string }; result: Greeting };
  /** Take up this app: with the workers that a master before has left, or without any. Nothing is done when it is there. */
  open: { params: OpenApp; result: Record<string, never> };
  /** End, unless there are apps. */
  end: { params: Record<string, never>; result: Record<string, never> };
  /** Let go of everything, and end: the next master is ready. */
  leave: { params: Record<string, never>; result: Record<string, never> };
  /** All apps that it has. */
  apps: { params: Record<string, never>; result: readonly Description[] };
  /** Accepts the operation; how it goes is in the status. The master ends by itself after a `stop` or `delete`. Answers with the number of instances that is wanted now. */
  operate: { params: MasterOperation; result: { instances: number } };
  /** Steers the operation that runs; `op` null when there was nothing to do. */
  control: { params: ControlRequest; result: { op: string | null } };
  history: { params: Record<string, never>; result: AppHistory };
  description: { params: Record<string, never>; result: Description };
}

export interface MasterTopics {
  /** The status now, and again when something has happened; when nothing but figures changed, those, once a second. */
  status: { params: Record<string, never>; snapshot: AppStatus; event: StatusEvent };
  /** The last `lines` that the workers printed, then new ones in small batches; of too many some are left out. */
  output: { params: { lines: number }; snapshot: readonly OutputLine[]; event: readonly OutputLine[] };
}

export type StatusEvent =
  | { readonly type: 'status'; readonly status: AppStatus }
  | { readonly type: 'figures'; readonly figures: AppFigures };
