// RUNS INSIDE A PROCESS OF THE USER'S, as `zdm/graceful`: an orderly exit for servers that nobody drains. It loads no packages.
import type { Server } from 'node:net';
import { isWorker } from '../worker/marker.ts';
import { Exit } from './exit.ts';
import { isServer } from './listening.ts';
import { hasMiddleware } from './middleware.ts';
import { readOptions, type GracefulOptions, type Settings } from './options.ts';
import { onSignal } from './signals.ts';
import { track } from './track.ts';

export { fastifyGraceful } from './fastify.ts';
export { middleware, type ConnectMiddleware, type KoaApp, type KoaMiddleware } from './middleware.ts';
export type { GracefulOptions } from './options.ts';

/** An exit that waits for its signal. */
export interface Graceful {
  /** Whether the exit has begun: what a health check may answer with, so that a balancer looks elsewhere. */
  readonly leaving: boolean;
  /** Begins it now; resolves with the exit code. Never rejects. */
  exit(): Promise<number>;
  /** Takes the signal handlers back. */
  uninstall(): void;
}

/** For any server of node:http, https or http2, before or after it listens: it exits in order at a signal, or at `exit()`. */
export function graceful(server: Server, options?: GracefulOptions): Graceful {
  return arm(prepare('graceful(server, options)', undefined, server, options));
}

/** The same for an app with `middleware(app)`, whose error handlers answer the requests that are refused. */
export function setProcessHandler(app: unknown, server: Server, options?: GracefulOptions): void {
  arm(prepare('setProcessHandler(app, server, options)', app, server, options));
}

/** Begins the exit now; called from a signal handler or the like of one's own. */
export function gracefulExitHandler(app: unknown, server: Server, options?: GracefulOptions): void {
  void prepare('gracefulExitHandler(app, server, options)', app, server, options).exit.run();
}

/** Remembers the connections of the server from now on, so that WebSockets and HTTP/2 are known to an exit that begins later. */
export function init(server: Server): void {
  watch('init(server)', server);
}

interface Prepared {
  readonly exit: Exit;
  readonly settings: Settings;
}

function prepare(call: string, app: unknown, server: Server, options: GracefulOptions | undefined): Prepared {
  watch(call, server);
  const settings = readOptions(options);
  return { settings, exit: new Exit({ settings, servers: () => [server], inApp: () => hasMiddleware(app) }) };
}

function watch(call: string, server: unknown): void {
  if (!isServer(server)) {
    throw new TypeError(
      `zdm/graceful: the server of ${call} is none. It wants a server of node:http, https or http2; with Express and Koa, what app.listen() returned.`,
    );
  }
  if (!isWorker()) track(server);
}

function arm({ exit, settings }: Prepared): Graceful {
  // Where zdm drains before its signal comes, there is nothing to wait for but the user's own shutdown code.
  const needed = !isWorker() || settings.callback !== undefined;
  const uninstall = needed ? onSignal(settings.exitSignal, () => void exit.run()) : () => undefined;
  return {
    get leaving() {
      return exit.leaving;
    },
    exit: () => exit.run(),
    uninstall,
  };
}
