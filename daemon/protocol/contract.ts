// The one table of what can be asked of zdmd. Client, handlers and commands are typed from it.
import type {
  AppFigures,
  AppHistory,
  AppSpec,
  AppStatus,
  LogLine,
  LogStream,
  OperationKind,
  OutputLine,
} from './model.ts';

/** Raised by one when a message changes its meaning. A daemon speaks to masters of this version and the one before. */
export const PROTOCOL = 2;

/** Do the two understand each other? The newer side adapts itself to the version before. */
export function canTalk(mine: number, theirs: number): boolean {
  return Math.abs(mine - theirs) <= 1;
}

export interface Hello {
  readonly protocol: number;
  readonly version: string;
}

export interface Greeting extends Hello {
  readonly pid: number;
}

/**
 * Which operation was started on which app; its progress and end are in the app's `operations`. `op` is null when there was
 * nothing to do: the app is already as wanted.
 */
export interface OperationRef {
  readonly name: string;
  readonly op: string | null;
  readonly kind: OperationKind;
}

/** `set` n instances, or `add` n (negative takes away). */
export interface ScaleBy {
  readonly mode: 'set' | 'add';
  readonly count: number;
}

/**
 * What can be done to an operation that runs. `abort` ends it: slots that run the new code get the old code back.
 * `pause` takes up no further slot until `resume`. `finish` ends the drain of old workers: what they still have is cut.
 */
export type ControlAction = 'abort' | 'pause' | 'resume' | 'finish';

/** What `control` acted on: null when there was nothing of that kind to do. */
export interface ControlRef {
  readonly name: string;
  readonly op: string | null;
}

/** A list of apps that was saved under a name. */
export interface Snapshot {
  readonly name: string;
  readonly savedAt: number;
}

/** Which apps of a snapshot are started, are in the list now without running, and were left alone as they were. */
export interface Resurrection {
  readonly started: readonly OperationRef[];
  readonly added: readonly string[];
  readonly left: readonly { readonly name: string; readonly runs: boolean }[];
}

/** The variables of an app with their values. */
interface AppEnvironment {
  readonly name: string;
  readonly env: AppSpec['env'];
}

export interface Methods {
  /** First on every connection. */
  hello: { params: Hello; result: Greeting };
  /** Is the daemon there, and which one. */
  ping: {
    params: Record<string, never>;
    result: {
      pid: number;
      version: string;
      startedAt: number;
      home: string;
      log: string;
      apps: number;
      service: boolean;
    };
  };
  /** All apps, by id. */
  list: { params: Record<string, never>; result: readonly AppStatus[] };
  /**
   * Make these apps run as described: new names are started; an app that is there but not running is started with the new
   * description; a running one is an error, or is reloaded when `replace` is set (config files). `patient`: workers that die
   * before they are ready are tried again, instead of ending the start.
   */
  start: {
    params: { specs: readonly AppSpec[]; replace: boolean; by?: string; patient?: boolean };
    result: readonly OperationRef[];
  };
  /** Do something to existing apps. `targets` are names, ids or `all`; `slot`: whose worker to replace; `by` says who asked and how, for the record. */
  operate: {
    params: { kind: OperationKind; targets: readonly string[]; scale?: ScaleBy; slot?: number; by?: string };
    result: readonly OperationRef[];
  };
  /** Steer the operations that run on these apps. */
  control: {
    params: { action: ControlAction; targets: readonly string[]; by?: string };
    result: readonly ControlRef[];
  };
  /** Keep the list of apps, and which of them should run, under a name; `file` is where. */
  save: { params: { name: string }; result: { file: string; apps: number; up: number } };
  /** Start what ran when the snapshot was saved and does not run now. Nothing that runs is stopped or changed. */
  resurrect: { params: { name: string; by?: string }; result: Resurrection };
  /** The newest first. */
  snapshots: { params: Record<string, never>; result: readonly Snapshot[] };
  /** The last minutes of figures of every app that has a master. */
  history: { params: Record<string, never>; result: readonly AppHistory[] };
  /** The variables that the workers of these apps get; what looks secret is hidden unless `secrets` is set. */
  environment: {
    params: { targets: readonly string[]; secrets: boolean };
    result: readonly AppEnvironment[];
  };
  /** Put a new master, of the daemon's version, in the place of the one that runs. Its workers serve on, and are the new one's. */
  renewMaster: { params: Record<string, never>; result: { pid: number } };
  /** End the daemon so that another one takes its place; apps go on, and bring it back should none come. */
  stepDown: { params: Record<string, never>; result: Record<string, never> };
  /** Stop every app gracefully, remember them as stopped, and end the daemon. Answers when the apps have ended. */
  shutdown: { params: Record<string, never>; result: { stopped: number } };
}

export interface Topics {
  /** Every app now, then what happens at once, as the whole status of that app; figures alone at most once a second. */
  apps: {
    params: Record<string, never>;
    snapshot: readonly AppStatus[];
    event:
      | { readonly type: 'app'; readonly app: AppStatus }
      | { readonly type: 'removed'; readonly name: string }
      | { readonly type: 'figures'; readonly figures: readonly AppFigures[] };
  };
  /** The last `lines` lines of the named apps (all when empty), then new ones as they are written. */
  logs: {
    params: { targets: readonly string[]; lines: number; streams: readonly LogStream[]; follow: boolean };
    snapshot: readonly LogLine[];
    event: readonly LogLine[];
  };
  /**
   * What the workers of the named apps print, from the masters' memory, with time and slot: the last `lines` of each app, then
   * new ones in small batches. Of more lines than can be shown some are left out; `seq` tells how many. A later snapshot goes
   * on where a slow reader stopped.
   */
  output: {
    params: { targets: readonly string[]; lines: number };
    snapshot: readonly OutputLine[];
    event: readonly OutputLine[];
  };
}

export type MethodName = keyof Methods;
export type TopicName = keyof Topics;
