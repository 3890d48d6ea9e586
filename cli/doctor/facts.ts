// What `zdm doctor` looks at: read by read-facts.ts, judged by the checks.
import type { Remains } from '../../daemon/client/inspect.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';

export interface PathFact {
  readonly path: string;
  readonly kind: 'home' | 'runtime' | 'list' | 'socket';
  /** Permissions. */
  readonly mode: number;
  readonly uid: number;
}

export type DaemonFact =
  | { readonly state: 'none' | 'dead' | 'unsafe' }
  | { readonly state: 'refused'; readonly why: string; readonly next: string | null }
  | {
      readonly state: 'up';
      readonly pid: number;
      readonly version: string;
      /** The file of the Node.js that it runs in was deleted or replaced. */
      readonly isNodeGone: boolean;
    };

export interface DiskFact {
  readonly path: string;
  readonly free: number;
  readonly size: number;
  /** Files that can still be made, of those that fit; 0 of 0 where there is no such limit. */
  readonly freeFiles: number;
  readonly files: number;
}

export interface StartupFact {
  /** Whether there is a service manager to do it. */
  readonly isPossible: boolean;
  /** What was written for this home. */
  readonly units: readonly { readonly file: string; readonly missing: readonly string[] }[];
}

export interface Facts {
  readonly home: string;
  readonly uid: number;
  readonly user: string;
  /** Of what is there. */
  readonly paths: readonly PathFact[];
  readonly command: { readonly version: string; readonly onDisk: string | null; readonly node: string };
  readonly daemon: DaemonFact;
  /** Null when no daemon tells. */
  readonly apps: readonly AppStatus[] | null;
  /** The list of apps on disk: how many should run, or why it cannot be read. Null when there is none. */
  readonly list: { readonly wanted: number } | { readonly wrong: string } | null;
  readonly remains: readonly Remains[];
  readonly drafts: readonly string[];
  /** The most files that a process may open; null where it cannot be told. `pid`: whose limit it is. */
  readonly openFiles: { readonly most: number; readonly pid: number } | null;
  readonly disks: readonly DiskFact[];
  /** Of the home's log files. */
  readonly logs: { readonly bytes: number; readonly biggest: string | null };
  readonly startup: StartupFact;
  /** Who listens on the ports that apps did not get. */
  readonly ports: ReadonlyMap<number, { readonly pid: number; readonly command: string } | null>;
  readonly now: number;
}

/** `note`: good to know, and nothing wrong. */
export type Level = 'ok' | 'note' | 'warn' | 'bad';

/** One thing that was looked at. `mend`: the command that makes it right. */
export interface Finding {
  readonly area: string;
  readonly level: Level;
  readonly text: string;
  readonly mend: string | null;
}
