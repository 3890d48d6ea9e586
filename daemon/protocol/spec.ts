// What the user says an app is. Durations are ms, memory is bytes.
// It is persisted: a change of its shape needs a migration in daemon/store.

/** `cluster`: zdm owns the listening sockets and reloads without a gap. `fork`: the app owns its ports. */
export type ExecMode = 'cluster' | 'fork';

/** `least`: the master, to the worker with the fewest. `kernel`: each slot has a socket of its own (SO_REUSEPORT). */
export type Balance = 'least' | 'kernel';

export type Sticky = 'ip' | 'none';

/** A worker beyond one of these is replaced, its successor first (where the app does not own its ports). */
export interface Limits {
  /** Resident bytes; null for no limit. */
  readonly memory: number | null;
  /** Percent of one core; null for no limit. */
  readonly cpu: number | null;
  /** Its event loop does not turn for this time (cluster mode); null for no limit. */
  readonly hang: number | null;
  /** Samples in a row, one a second, that make a worker too much. */
  readonly memorySamples: number;
  readonly cpuSamples: number;
  /** A new worker is not looked at for this time. */
  readonly grace: number;
}

/** The delay before a worker that died is replaced: `first` from its start, doubled with each death in a row, at most `most`. */
export interface Throttle {
  readonly first: number;
  readonly most: number;
}

/** What the user said the app is. Everything is resolved (absolute paths, numbers): the daemon adds nothing. */
export interface AppSpec {
  readonly name: string;
  /** Absolute path of the script, or of the program that a bare command was found at. */
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly execMode: ExecMode;
  /** Program that runs the script in fork mode; null runs the script itself. Not used in cluster mode. */
  readonly interpreter: string | null;
  /** Arguments of the interpreter, before the script. */
  readonly nodeArgs: readonly string[];
  readonly instances: number;
  /** The app says `process.send('ready')`; without it, listening on a port is being ready. */
  readonly waitReady: boolean;
  /** How long a new worker may take until it is ready. */
  readonly listenTimeout: number;
  /** From the stop signal to SIGKILL. */
  readonly killTimeout: number;
  /** How long a replaced worker may keep connections that cannot be moved. */
  readonly drainTimeout: number;
  /** How long a connection may wait while no worker is there. */
  readonly holdTimeout: number;
  /** Move idle keep-alive connections to the new worker. */
  readonly move: boolean;
  /** Who spreads new connections over the workers. */
  readonly balance: Balance;
  /** `ip`: connections of one client address go to the same slot. */
  readonly sticky: Sticky;
  /** Permissions of the unix sockets that the app listens on. */
  readonly socketMode: number;
  /** The app is asked to stop by the message `shutdown`, not by a signal. */
  readonly shutdownWithMessage: boolean;
  /** What a worker has started ends with it. */
  readonly treekill: boolean;
  readonly autorestart: boolean;
  /** A worker that ends by itself with one of these has done what it was for. */
  readonly stopExitCodes: readonly number[];
  /** Quick deaths in a row until the app is given up as errored. */
  readonly maxRestarts: number;
  /** A row of quick deaths is at most so long; what dies later begins a new one. 0: it has no end. */
  readonly restartWindow: number;
  /** A worker that lived this long did not die quickly. Also the gate of apps that never listen. */
  readonly minUptime: number;
  /** Fixed delay before a crashed worker is replaced, on top of the backoff. */
  readonly restartDelay: number;
  /** In place of the usual backoff; null for that. */
  readonly throttle: Throttle | null;
  readonly limits: Limits | null;
  readonly outFile: string;
  readonly errorFile: string;
}
