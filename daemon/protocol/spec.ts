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

/** How the workers of one code are replaced by those of another. */
export type Strategy = 'rolling' | 'blue-green' | 'canary';

/** A number of workers, or a part (percent) of all. */
export interface Share {
  readonly unit: 'count' | 'percent';
  readonly value: number;
}

/** Asked of each worker over a connection of its own, before it gets any other, and then for as long as it serves. */
export interface Health {
  readonly path: string;
  /** The listener that is asked: a port, `host:port` or the path of a socket; null for the first that a worker opens. */
  readonly port: string | null;
  /** Answers from `least` to `most` are healthy. */
  readonly status: { readonly least: number; readonly most: number };
  /** An answer has to be there within this time. */
  readonly timeout: number;
  /** From one question to the next. */
  readonly interval: number;
  /** Good answers in a row until a new worker is healthy. */
  readonly successes: number;
  /** Bad ones in a row until a serving worker is replaced. */
  readonly failures: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** How new code is tried on a part of the traffic. */
export interface CanaryPlan {
  /** A number of workers; or a percentage of the new connections, on as many workers as that takes. */
  readonly share: Share;
  /** How long, once the last of them serves. */
  readonly bake: number;
  /** The part (0 to 1) of its answers that may be 500 and above. */
  readonly maxErrorRate: number;
  /** Its 95th percentile of answer times against that of the old code; null when that does not matter. */
  readonly maxLatencyRatio: number | null;
  /** Answers of the new code (and for the ratio of the old) without which there is no verdict. */
  readonly minRequests: number;
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
  /** Program that runs the script; null: the script runs itself (fork mode), or the Node.js of zdm does (cluster mode). */
  readonly interpreter: string | null;
  /** Arguments of the interpreter, before the script. */
  readonly nodeArgs: readonly string[];
  readonly instances: number;
  /** The app says `process.send('ready')`; without it, listening on a port is being ready. */
  readonly waitReady: boolean;
  /** How long a new worker may take until it is ready, its health checks and warm-up included. */
  readonly listenTimeout: number;
  /** Where a new worker has to listen to be ready: ports, `host:port`, paths of sockets. Empty: the first place will do. */
  readonly waitFor: readonly string[];
  readonly health: Health | null;
  /** Paths that a healthy new worker is asked for once, before it gets traffic; the answers do not matter. */
  readonly warmup: readonly string[];
  readonly strategy: Strategy;
  /** How many workers a rolling rollout may have beyond `instances`. */
  readonly surge: Share;
  /** A new worker must serve this long before the next slot is taken up. */
  readonly minReady: number;
  /** A whole rollout may take this long, pauses not counted; 0 for no end. */
  readonly progressDeadline: number;
  /** After a rollout, a crash loop goes back to the code before for this long; with blue-green its workers stay warm. */
  readonly bake: number;
  /** Only with that strategy. */
  readonly canary: CanaryPlan | null;
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
