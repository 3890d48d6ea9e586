// What a master and the preload in its workers say to each other over the worker's IPC channel.
// `cmd` begins with NODE_, which Node delivers as 'internalMessage': the app's own process.on('message') never sees it
// (seen on Node 20.20 and 24.21). Messages arrive in the order they were sent, those with a connection too.

import type { AnswerNews } from './answer-times.ts';

export const LINK = 'NODE_ZDM';

/** Set in a worker's environment by its master and removed by the preload, so that grandchildren are left alone. */
export const LINK_VARIABLE = 'ZDM_LINK';

/** In the environment of each worker, and so of what it starts: whose that is. Whoever takes it out outlives the worker. */
export const MARK_VARIABLE = 'ZDM_WORKER';

/** The value of LINK_VARIABLE where the master has perhaps a terminal: the kernel sends Ctrl-C to workers, too, and only the master may act on it. */
export const FOREGROUND = 'foreground';

/**
 * A worker takes a connection without asking only when it was sent less than this (ms) ago. Later, the master may have given it
 * to another worker: it asks first, and reads nothing before the answer.
 */
export const TAKE_WITHIN = 250;

/** Milliseconds of a clock that all processes of the machine share, and that nobody sets. */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** What a worker wants to listen on, in the terms of `net.Server.listen`. */
export interface ListenRequest {
  /** Same in every worker for the same place; tells two `listen(0)` of one worker apart. */
  readonly key: string;
  /** Host or socket path; null for every interface. */
  readonly address: string | null;
  /** -1 for a unix socket. */
  readonly port: number;
  readonly backlog: number | null;
  readonly ipv6Only: boolean;
  /** What Node's TLS servers share between workers (session ticket keys); the first worker's is kept. */
  readonly shared: unknown;
}

export type ToWorker =
  /** Answer to `listen`: `errno` 0 and the bound address, or a negative errno. `move`: its idle connections may move. */
  | {
      readonly act: 'listened';
      readonly key: string;
      readonly errno: number;
      readonly sockname: object;
      readonly shared: unknown;
      readonly move: boolean;
    }
  /**
   * A connection comes with this message. `moved`: it has been served before and is between two requests. `refusals`: how
   * many workers could not take it. Node's own acknowledgement of the handle is the answer (see worker-handle.ts).
   */
  | {
      readonly act: 'connection';
      readonly key: string;
      readonly moved: boolean;
      readonly refusals: number;
      readonly isPrivate: boolean;
      readonly seq: number;
      /** By monotonic(). */
      readonly sentAt: number;
    }
  /** The socket of the worker's slot comes with this message: accept there. `back`: send a copy of it in return. */
  | { readonly act: 'accept'; readonly key: string; readonly back: boolean }
  /** Still there? Asked only of workers that accept by themselves, or have a `hang_timeout`. */
  | { readonly act: 'ping' }
  /** The answer to `claim`. */
  | { readonly act: 'claimed'; readonly seq: number; readonly yours: boolean }
  /**
   * No more connections will come: part with what is there. `move`: idle connections are taken back. `within`: how long (ms)
   * the others may stay; WebSockets are closed with `status` before that.
   */
  | ({ readonly act: 'drain' } & DrainOrder)
  /** It is taken back after a drain that keeps it: all is as before, and connections come again. */
  | { readonly act: 'resume' };

export interface DrainOrder {
  readonly move: boolean;
  readonly within: number;
  /** 1012: the service restarts. 1001: it goes away. */
  readonly status: 1001 | 1012;
  /** It may be taken back: WebSockets stay open until an order without this comes. */
  readonly keeps?: boolean;
}

/** What a server speaks, as far as a client has to know before it begins. */
export interface ServerKind {
  readonly secure: boolean;
  /** HTTP/2; in clear text that is all it speaks. */
  readonly http2: boolean;
}

export type FromWorker =
  | { readonly act: 'listen'; readonly request: ListenRequest }
  | ({ readonly act: 'listening'; readonly key: string } & ServerKind)
  /** A copy of the slot's socket comes with this message. */
  | { readonly act: 'returned'; readonly key: string }
  | { readonly act: 'pong' }
  /** A connection arrived late: may I have it? */
  | { readonly act: 'claim'; readonly seq: number }
  /** The app closed its server: route nothing more to it. */
  | { readonly act: 'closed'; readonly key: string }
  /** The connection that comes with this message is to be given to another worker. `moved` and `refusals` as above. */
  | { readonly act: 'give'; readonly key: string; readonly moved: boolean; readonly refusals: number }
  /** `answers`: what is new of them. */
  | ({ readonly act: 'pace'; readonly answers?: AnswerNews | undefined } & WorkerPace)
  | ({ readonly act: 'load' } & WorkerLoad);

/** How quick a worker was in the last second, as in WorkerFigures. Sent once a second, when it changed. */
export interface WorkerPace {
  readonly lag: number | null;
  readonly latency: number | null;
}

/** Sent whenever it changed, at most every 100 ms, and at once while draining. Private connections are in no figure. */
export interface WorkerLoad {
  /** Connections that came with a message so far. */
  readonly taken: number;
  readonly open: number;
  /** Connections with a request in flight, or about to be moved; counted only while draining. */
  readonly busy: number;
  /** WebSockets that were told to close and are not closed yet, and all that were told. */
  readonly leaving: number;
  readonly told: number;
  /** Connections that it had when its drain began, and those that arrived since; 0 before. */
  readonly had: number;
  /** How long (ms) idle connections that cannot move may count on being open; 0 when nothing was promised. */
  readonly promised: number;
  /** Requests answered so far. */
  readonly requests: number;
  readonly draining: boolean;
  /** The signal that the app has its shutdown code on. */
  readonly signal: 'SIGINT' | 'SIGTERM';
  /** It listens for SIGUSR2. */
  readonly profiles: boolean;
}

/** Of a worker that has not told anything yet. */
export const NO_LOAD: WorkerLoad = {
  taken: 0,
  open: 0,
  busy: 0,
  leaving: 0,
  told: 0,
  had: 0,
  promised: 0,
  requests: 0,
  draining: false,
  signal: 'SIGINT',
  profiles: false,
};
