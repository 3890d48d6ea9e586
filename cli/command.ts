// The shape of a command, and what it may use of the world.
import type { Absence } from '../daemon/client/connect.ts';
import type { Client } from '../daemon/client/types.ts';
import type { Layout } from '../daemon/protocol/layout.ts';
import type { Theme } from '../ui/paint/theme.ts';

/** The world of one command line. */
export interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly layout: Layout;
  readonly theme: Theme;
  /** Columns of the terminal; Infinity when the output is not one. */
  readonly width: number;
  readonly isTerminal: boolean;
  /** What stood behind `--`. */
  readonly rest: readonly string[];
  /** Folder of the built files. */
  readonly dist: string;
  print(lines: readonly string[]): void;
  warn(lines: readonly string[]): void;
  /** A client; starts the daemon when there is none. */
  connect(): Promise<Client>;
  /** A client, or null when nothing was ever started here: looking at nothing starts nothing. */
  connectIfKnown(): Promise<Client | null>;
  /** A client, or null when there is no daemon and none was lost. */
  connectIfAlive(): Promise<Client | null>;
  /** A client, or why there is none. Starts nothing, also not in place of a daemon that died. */
  tryConnect(): Promise<Client | Absence>;
}

export interface CommandOption {
  readonly flags: string;
  readonly description: string;
}

/** One verb. Help, aliases and parsing all come from this. */
export interface Command {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Positional arguments as commander writes them: `<app...>`, `[script]`. */
  readonly args: readonly string[];
  readonly summary: string;
  readonly options: readonly CommandOption[];
  readonly examples: readonly string[];
  /** Resolves with the exit code. */
  run(context: Context, args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<number>;
}
