// What the dashboard knows. One plain value; the reducer makes the next one, the painters draw it.
import type { Topics } from '../../daemon/protocol/contract.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import type { ViewCommand } from '../keys.ts';

/** The line to the daemon. `lost` is also the state before the first answer of a daemon that is not there. */
export interface Link {
  readonly phase: 'connecting' | 'live' | 'lost';
  /** When this phase began. */
  readonly since: number;
  /** Failed attempts since the line was lost. */
  readonly tries: number;
  readonly retryAt: number | null;
  /** When the daemon last said something; null before the first time. */
  readonly heardAt: number | null;
  /** Why the last attempt to connect failed; null when a connection was lost. */
  readonly reason: string | null;
}

/** One line for the user about what a key did. */
interface Notice {
  readonly text: string;
  readonly tone: 'plain' | 'bad';
  readonly at: number;
  /** The operation that it announces; when that has ended, there is nothing to announce. */
  readonly op?: string | null;
}

export type SortKey = 'id' | 'name' | 'cpu' | 'memory' | 'restarts';

export interface DashState {
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
  readonly link: Link;
  readonly apps: readonly AppStatus[];
  readonly view: 'overview' | 'app';
  readonly help: boolean;
  /** Name of the app under the cursor; null only when there is none. */
  readonly selected: string | null;
  /** Row under the cursor in the worker table of the app view; may lie past the end, see `clampedWorker`. */
  readonly worker: number;
  /** Apps whose workers are hidden in the overview. */
  readonly collapsed: ReadonlySet<string>;
  readonly sort: SortKey;
  readonly notice: Notice | null;
}

export type Action =
  | { readonly type: 'snapshot'; readonly apps: Topics['apps']['snapshot']; readonly at: number }
  | { readonly type: 'event'; readonly event: Topics['apps']['event']; readonly at: number }
  | { readonly type: 'lost'; readonly at: number; readonly retryAt: number; readonly reason: string | null }
  | { readonly type: 'retrying' }
  | { readonly type: 'tick'; readonly at: number }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly type: 'notice'; readonly notice: Notice }
  | { readonly type: 'command'; readonly command: ViewCommand };

/** Before anything was heard. */
export function initialState(now: number, columns: number, rows: number): DashState {
  return {
    now,
    columns,
    rows,
    link: { phase: 'connecting', since: now, tries: 0, retryAt: null, heardAt: null, reason: null },
    apps: [],
    view: 'overview',
    help: false,
    selected: null,
    worker: 0,
    collapsed: new Set(),
    sort: 'id',
    notice: null,
  };
}
