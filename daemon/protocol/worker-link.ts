// What a master and the preload in its workers say to each other over the worker's channel (daemon/channel). Messages arrive in
// the order they were sent, those with a handle too.
//
// FROZEN with 0.2.0, because a worker may be older than the master that adopts it: the path on which masters wait for workers
// (Layout.workerSocket), `hello` with the fields of Hello, `spare` in both directions, `yield`, `end`, and `got`. Fields and messages that
// a side does not know it ignores. Everything else is of one version of LINK_PROTOCOL and the one before.

import type { AnswerNews } from './answer-times.ts';

/** What the rest of this file means; raised when a message changes its meaning. */
export const LINK_PROTOCOL = 1;

/** Set in a worker's environment by its master and removed by the preload, so that grandchildren are left alone. */
export const LINK_VARIABLE = 'ZDM_LINK';

/** In the environment of each worker, and so of what it starts: whose that is. Whoever takes it out outlives the worker. */
export const MARK_VARIABLE = 'ZDM_WORKER';

/** In a worker's environment, removed by the preload: what its `hello` has to say of it (Identity, as JSON). */
export const IDENTITY_VARIABLE = 'ZDM_IDENTITY';

/** The value of LINK_VARIABLE where the master has perhaps a terminal: the kernel sends Ctrl-C to workers, too, and only the master may act on it. */
export const FOREGROUND = 'foreground';

/**
 * A worker takes a connection without asking only when it was sent less than this (ms) ago. Later, the master may have given it
 * to another worker: it asks first, and reads nothing before the answer.
 */
export const TAKE_WITHIN = 250;

/**
 * Without a receipt for this long (ms), a connection may be taken back, and not before. A worker that takes one without asking does so
 * within TAKE_WITHIN, and its receipt has left it by then; the difference is for the receipt to be read by the master.
 */
export const LATE = 4 * TAKE_WITHIN;

/** Milliseconds of a clock that all processes of the machine share, and that nobody sets. */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** What a worker wants to listen on, in the terms of `net.Server.listen`. */
export interface ListenRequest {
  /** `tcp` is a unix socket, too; with `fd` it is the master's descriptor of the number `port`. */
  readonly kind: 'tcp' | 'udp4' | 'udp6' | 'fd';
  /** Same in every worker for the same place; tells two `listen(0)` of one worker apart. */
  readonly key: string;
  /** Host or socket path; null for every interface. */
  readonly address: string | null;
  /** -1 for a unix socket. */
  readonly port: number;
  readonly backlog: number | null;
  readonly ipv6Only: boolean;
  /** The app's flags for a UDP socket; 0 otherwise. */
  readonly flags: number;
  /** What Node's TLS servers share between workers (session ticket keys); the first worker's is kept. */
  readonly shared: unknown;
}

/** Which worker of which app this is; given to it by the master that started it. */
export interface Identity {
  readonly app: string;
  /** Names it among all workers of the machine; also the value of MARK_VARIABLE. */
  readonly mark: string;
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  /** Where a master can be found when this one has gone; null: the worker ends with its master. */
  readonly socket: string | null;
}

/** A place where a worker listens, and what it has of its socket: nothing, a copy at rest, or one on which it accepts. */
export interface HeldPlace {
  readonly request: ListenRequest;
  readonly sockname: object;
  readonly server: ServerKind;
  readonly held: 'nothing' | 'spare' | 'accepting' | 'slot';
}

/** The first message of a worker on every channel. */
export interface Hello {
  readonly act: 'hello';
  readonly protocol: number;
  /** The highest epoch that it has heard of; 0 for none. */
  readonly epoch: number;
  readonly pid: number;
  readonly identity: Identity;
  readonly draining: boolean;
  readonly saidReady: boolean;
  readonly places: readonly HeldPlace[];
  /** Connections that it gave away and whose arrival it has not heard of (`gives`), and such that it has got (`origin`), lately. */
  readonly gives: readonly number[];
  readonly received: readonly string[];
}

export type ToWorker =
  /** The answer to `hello`: this master's number. */
  | { readonly act: 'welcome'; readonly epoch: number }
  /** What it gave to a master before, and what is not safe yet, it is to give again. */
  | { readonly act: 'again' }
  /** It is of no use: nobody knows it, or its place has been taken. */
  | { readonly act: 'end' }
  /** A copy of the socket of that place comes with this message: what to accept on `after` ms without a master. */
  | { readonly act: 'spare'; readonly key: string; readonly after: number }
  /** It is not to accept there by itself any more. */
  | { readonly act: 'yield'; readonly key: string }
  /** So many handles have arrived on this channel. */
  | { readonly act: 'got'; readonly count: number }
  /** These connections that it gave away are safe: its copies can be closed. */
  | { readonly act: 'taken'; readonly gives: readonly number[] }
  /** A message for the app itself. */
  | { readonly act: 'app'; readonly message: unknown }
  /** Answer to `listen`: `errno` 0 and the bound address, or a negative errno. `move`: its idle connections may move. A UDP socket comes with it. */
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
   * many workers could not take it. `origin`: who gave it away, and as which of its gives.
   */
  | {
      readonly act: 'connection';
      readonly key: string;
      readonly moved: boolean;
      readonly refusals: number;
      readonly isPrivate: boolean;
      readonly origin: string | null;
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
  | Hello
  /** After `hello`, for each place of which it holds a copy of the socket: that copy comes with this message. `slot`: that of its slot alone. */
  | { readonly act: 'spare'; readonly key: string; readonly slot: boolean }
  /** So many handles have arrived on this channel. */
  | { readonly act: 'got'; readonly count: number }
  /** The handle that was to come with connection `seq` did not: no descriptor was free. */
  | { readonly act: 'lost'; readonly seq: number }
  /** The app sends its master a message. */
  | { readonly act: 'app'; readonly message: unknown }
  /** The app has ended its channel (`process.disconnect()`), and means to serve no longer. */
  | { readonly act: 'left' }
  /** Its last message: it ends by itself. */
  | { readonly act: 'exits'; readonly code: number }
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
  | {
      readonly act: 'give';
      readonly give: number;
      readonly key: string;
      readonly moved: boolean;
      readonly refusals: number;
    }
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
