// What `zdm run` and zdm/master ask of the foreground. Apart from it, so that they know its types without its masters.
import type { Client } from '../../daemon/client/types.ts';
import type { AppSpec } from '../../daemon/protocol/model.ts';

/** `prefixed`: whose line it is stands before it. `raw`: as it was printed. `json`: one object a line. */
export type Format = 'prefixed' | 'raw' | 'json';

export interface ForegroundOptions {
  readonly specs: readonly AppSpec[];
  /** Folder of the built files. */
  readonly dist: string;
  readonly format: Format;
  /** Whether it is over when all apps are; else it stays and waits for a signal. */
  readonly autoExit: boolean;
  /** Workers that die before they are ready are tried again; else the first start of an app that does is its end. */
  readonly patient: boolean;
  /** Workers get and send messages in the words of master-process. */
  readonly tellsWorkers: boolean;
  /** What a reload does when zdm itself is another version on disk by now: its workers would load files that this master does not know. */
  readonly onNewVersion: 'refuse' | 'exit';
  /** Of errors that nobody caught: those that are meant. */
  readonly isNoBug?: (error: unknown) => boolean;
  /** Shows the dashboard; resolves when it was left. */
  readonly dash?: (connect: () => Client) => Promise<unknown>;
}

/** The built foreground.cjs. */
export interface ForegroundModule {
  runForeground(options: ForegroundOptions): Promise<never>;
}
