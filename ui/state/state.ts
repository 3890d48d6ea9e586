// What the dashboard knows. One plain value; the reducer makes the next one, the painters draw it.
import type { ScaleBy, Topics } from '../../daemon/protocol/contract.ts';
import type { AppHistory, AppStatus } from '../../daemon/protocol/model.ts';
import type { Change, View, ViewCommand } from '../keys.ts';
import { type LogsAction, type LogsState, NO_LOGS } from './logs.ts';

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
export interface Notice {
  readonly text: string;
  readonly tone: 'plain' | 'bad';
  readonly at: number;
  /** The operation that it announces; when that has ended, there is nothing to announce. */
  readonly op?: string | null;
}

/** A place where the user is, or was and goes back to. */
export interface Spot {
  readonly view: View;
  /** The row under the cursor; where there is no cursor, the first line that is shown. May lie past the end. */
  readonly row: number;
  /** The part of the screen that the keys go to: of `app` workers, events, logs; of `rollout` slots, steps. */
  readonly pane: number;
}

export type SortKey = 'id' | 'name' | 'state' | 'cpu' | 'memory' | 'restarts' | 'up';

/** What somebody wants done. `scale` is there for that change only. */
export interface Wish {
  readonly change: Change;
  readonly targets: readonly string[];
  readonly scale: ScaleBy | null;
  /** Whose worker is to be replaced; there for that change only. */
  readonly slot?: number;
}

/** A question that waits for its answer. */
export interface Sheet extends Wish {
  readonly openedAt: number;
}

/** A line of text that is being typed. `name` is the answer to a sheet. */
export interface Field {
  readonly purpose: 'filter' | 'search' | 'keep' | 'command' | 'name';
  readonly text: string;
  /** In characters from the left. */
  readonly cursor: number;
}

/** The past of an app, and the requests that each worker had answered by then. */
export interface AppPast extends AppHistory {
  readonly counted: ReadonlyMap<number, number>;
}

/** Past figures by the name of the app. */
export type History = ReadonlyMap<string, AppPast>;

export interface DashState {
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
  readonly host: string;
  /** Of the machine: how many cores it has, and its memory in bytes; 0 where that is not known. */
  readonly cores: number;
  readonly memoryTotal: number;
  /** Nothing can be changed from here. */
  readonly readOnly: boolean;
  readonly link: Link;
  readonly apps: readonly AppStatus[];
  readonly history: History;
  /** Where the user is (last), and how he came there. Never empty. */
  readonly trail: readonly Spot[];
  /** Name of the app under the cursor; null only when there is none. */
  readonly selected: string | null;
  readonly marked: ReadonlySet<string>;
  /** Apps whose workers the user asked to see (true) or not to (false) in the overview. */
  readonly folds: ReadonlyMap<string, boolean>;
  /** Only apps whose name or state has this in it are shown. */
  readonly filter: string;
  readonly sort: SortKey;
  readonly reverse: boolean;
  readonly logs: LogsState;
  readonly field: Field | null;
  readonly sheet: Sheet | null;
  /** Command lines typed before, oldest first. */
  readonly commands: readonly string[];
  /** Figures as they were when the user stopped the screen; null while they move. */
  readonly frozen: Pick<DashState, 'apps' | 'history' | 'now'> | null;
  readonly notice: Notice | null;
}

export type Action =
  | { readonly type: 'snapshot'; readonly apps: Topics['apps']['snapshot']; readonly at: number }
  | { readonly type: 'event'; readonly event: Topics['apps']['event']; readonly at: number }
  | { readonly type: 'history'; readonly history: readonly AppHistory[] }
  | { readonly type: 'lost'; readonly at: number; readonly retryAt: number; readonly reason: string | null }
  | { readonly type: 'retrying' }
  | { readonly type: 'tick'; readonly at: number }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly type: 'notice'; readonly notice: Notice }
  | { readonly type: 'command'; readonly command: ViewCommand; readonly key: string }
  /** A key for the text field, a new question, an answered one. */
  | { readonly type: 'field'; readonly field: Field | null }
  | { readonly type: 'sheet'; readonly sheet: Sheet | null }
  /** A command line was given. */
  | { readonly type: 'commanded'; readonly line: string }
  | { readonly type: 'go'; readonly view: View; readonly app: string }
  | LogsAction;

/** The first place; nothing lies behind it. */
export const HOME: Spot = { view: 'overview', row: 0, pane: 0 };

/** Before anything was heard. `app`: its screen is the first. */
export function initialState(
  now: number,
  columns: number,
  rows: number,
  options: Partial<Pick<DashState, 'host' | 'cores' | 'memoryTotal' | 'readOnly'>> & {
    readonly app?: string | null;
  } = {},
): DashState {
  const { app = null } = options;
  return {
    now,
    columns,
    rows,
    host: options.host ?? '',
    cores: options.cores ?? 0,
    memoryTotal: options.memoryTotal ?? 0,
    readOnly: options.readOnly ?? false,
    link: { phase: 'connecting', since: now, tries: 0, retryAt: null, heardAt: null, reason: null },
    apps: [],
    history: new Map(),
    trail: app === null ? [HOME] : [HOME, { view: 'app', row: 0, pane: 0 }],
    selected: app,
    marked: new Set(),
    folds: new Map(),
    filter: '',
    sort: 'id',
    reverse: false,
    logs: app === null ? NO_LOGS : { ...NO_LOGS, apps: [app] },
    field: null,
    sheet: null,
    commands: [],
    frozen: null,
    notice: null,
  };
}
