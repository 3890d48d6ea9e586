// What may be asked of an exit, its defaults, and clear sentences for what makes no sense.
import { constants } from 'node:os';
import { inspect } from 'node:util';
import { LONGEST_TIMER } from '../protocol/duration.ts';
import { didYouMean } from '../protocol/nearest.ts';

/** Everything is optional. Times are milliseconds. */
export interface GracefulOptions {
  /** The signals that begin the exit (default SIGTERM and SIGINT). A second one ends the process at once, with code 1. */
  readonly exitSignal?: NodeJS.Signals | readonly NodeJS.Signals[];
  /** Tell `logger` what happens (default false). */
  readonly log?: boolean;
  /** Gets one line of text at a time (default console.log). */
  readonly logger?: (line: string) => void;
  /**
   * Called once when the server is done, with the exit code: 0, or 1 when something was cut. A promise that it returns is
   * waited for, 10 s at most. The place for closing databases.
   */
  readonly callback?: (code: number) => unknown;
  /** Answer the first request that a connection sends after the exit began, with `Connection: close` (default true). */
  readonly performLastRequest?: boolean;
  /** Answer requests that are refused, with 502 (default true). When false, they are dropped: the connection just ends. */
  readonly errorDuringExit?: boolean;
  /** Makes the error that a refused request is answered with; its `status` (default 502) is that of the answer. */
  readonly getRejectionError?: () => Error;
  /** End the process when all is done (default true). */
  readonly exitProcess?: boolean;
  /** From the callback to the end of the process, for logs to be written (default 10). */
  readonly exitDelay?: number;
  /** How long requests under way may take before they are cut (default 25,000). */
  readonly suicideTimeout?: number;
  /** How long an idle keep-alive connection may still send its last request before it is closed (default 5,000). */
  readonly keepAliveInterval?: number;
  /** A socket.io server (2, 3 or 4), whose clients are disconnected when the exit begins. */
  readonly socketio?: object;
  /** Close what is left when the time is over (default true). Matters only with `exitProcess: false`. */
  readonly force?: boolean;
}

/** The options with everything filled in. `logger` says nothing unless it is to. */
export interface Settings extends Required<Omit<GracefulOptions, 'exitSignal' | 'socketio' | 'callback'>> {
  readonly exitSignal: readonly NodeJS.Signals[];
  readonly socketio: object | undefined;
  readonly callback: ((code: number) => unknown) | undefined;
}

const DEFAULTS: Settings = {
  exitSignal: ['SIGTERM', 'SIGINT'],
  log: false,
  logger: (line) => console.log(line),
  callback: undefined,
  performLastRequest: true,
  errorDuringExit: true,
  getRejectionError: () => new Error('Server unavailable, no new requests accepted during shutdown'),
  exitProcess: true,
  exitDelay: 10,
  // Shorter than the 30 s after which Kubernetes kills, so that the callback still has its turn.
  suicideTimeout: 25_000,
  // Node's own keep-alive time: with it nobody is closed before the time that the server had told him.
  keepAliveInterval: 5_000,
  socketio: undefined,
  force: true,
};

/** Signals that no process can listen for. */
const DEAF: readonly unknown[] = ['SIGKILL', 'SIGSTOP'];

interface Check {
  readonly wants: string;
  readonly fits: (value: unknown) => boolean;
}

const flag: Check = { wants: 'true or false', fits: (value) => typeof value === 'boolean' };
const callable: Check = { wants: 'a function', fits: (value) => typeof value === 'function' };
const time: Check = {
  wants: `a number of milliseconds, from 0 to ${LONGEST_TIMER}`,
  fits: (value) => typeof value === 'number' && value >= 0 && value <= LONGEST_TIMER,
};
const CHECKS: Record<keyof GracefulOptions, Check> = {
  exitSignal: {
    wants: "the name of a signal, such as 'SIGTERM', or an array of them; SIGKILL and SIGSTOP cannot be listened for",
    fits: (value) => [value].flat().length > 0 && [value].flat().every(isSignal),
  },
  log: flag,
  logger: callable,
  callback: callable,
  performLastRequest: flag,
  errorDuringExit: flag,
  getRejectionError: callable,
  exitProcess: flag,
  exitDelay: time,
  suicideTimeout: time,
  keepAliveInterval: time,
  socketio: {
    wants: 'a socket.io server',
    fits: (value) => typeof (value as { attach?: unknown } | null)?.attach === 'function',
  },
  force: flag,
};

/** Fills in what was not given. Throws a TypeError that names the option which is wrong. */
export function readOptions(given: unknown = {}): Settings {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`zdm/graceful: the options are ${show(given)}; they must be an object.`);
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of set) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof GracefulOptions] : undefined;
    if (!check) {
      throw new TypeError(`zdm/graceful: there is no option '${name}'.${didYouMean(name, Object.keys(CHECKS))}`);
    }
    if (!check.fits(value)) {
      throw new TypeError(`zdm/graceful: the option '${name}' is ${show(value)}; it must be ${check.wants}.`);
    }
  }
  const { exitSignal, logger, ...settings } = { ...DEFAULTS, ...(Object.fromEntries(set) as GracefulOptions) };
  return {
    ...settings,
    logger: settings.log ? logger : () => undefined,
    exitSignal: [...new Set([exitSignal].flat())] as NodeJS.Signals[],
  };
}

function isSignal(value: unknown): boolean {
  return typeof value === 'string' && Object.hasOwn(constants.signals, value) && !DEAF.includes(value);
}

function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? 'an object' : inspect(value);
}
