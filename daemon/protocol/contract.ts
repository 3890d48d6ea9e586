// The one table of what can be asked of zdmd. Client, handlers and commands are typed from it.
import type { AppSpec, AppStatus, LogLine, LogStream, OperationKind } from './model.ts';

/** Raised by one when a message changes its meaning. A daemon speaks to masters of this version and the one before. */
export const PROTOCOL = 1;

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

export interface Methods {
  /** First on every connection. */
  hello: { params: Hello; result: Greeting };
  /** Is the daemon there, and which one. */
  ping: {
    params: Record<string, never>;
    result: { pid: number; version: string; startedAt: number; home: string; log: string; apps: number };
  };
  /** All apps, by id. */
  list: { params: Record<string, never>; result: readonly AppStatus[] };
  /**
   * Make these apps run as described: new names are started; an app that is there but not running is started with the new
   * description; a running one is an error, or is reloaded when `replace` is set (config files).
   */
  start: { params: { specs: readonly AppSpec[]; replace: boolean }; result: readonly OperationRef[] };
  /** Do something to existing apps. `targets` are names, ids or `all`. */
  operate: {
    params: { kind: OperationKind; targets: readonly string[]; scale?: ScaleBy };
    result: readonly OperationRef[];
  };
  /** Stop every app gracefully, remember them as stopped, and end the daemon. Answers when the apps have ended. */
  shutdown: { params: Record<string, never>; result: { stopped: number } };
}

export interface Topics {
  /** Every app now, then each change as the whole status of that app. */
  apps: {
    params: Record<string, never>;
    snapshot: readonly AppStatus[];
    event: { readonly type: 'app'; readonly app: AppStatus } | { readonly type: 'removed'; readonly name: string };
  };
  /** The last `lines` lines of the named apps (all when empty), then new ones as they are written. */
  logs: {
    params: { targets: readonly string[]; lines: number; streams: readonly LogStream[]; follow: boolean };
    snapshot: readonly LogLine[];
    event: readonly LogLine[];
  };
}

export type MethodName = keyof Methods;
export type TopicName = keyof Topics;
