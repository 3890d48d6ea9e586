// The adapter for Fastify 4.23 and newer.
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import { isWorker } from '../worker/marker.ts';
import { Exit } from './exit.ts';
import { readOptions, type GracefulOptions } from './options.ts';
import { refusalOf } from './refusal.ts';
import { onSignal } from './signals.ts';
import { track } from './track.ts';

type Done = (error?: Error) => void;

/** The part of a Fastify instance that is used. */
interface FastifyApp {
  readonly server: Server;
  close(): PromiseLike<unknown>;
  addHook(
    name: 'onRequest',
    hook: (request: { readonly raw: IncomingMessage }, reply: unknown, done: Done) => void,
  ): unknown;
  addHook(name: 'onListen', hook: (done: Done) => void): unknown;
  addHook(name: 'onClose', hook: (app: unknown, done: Done) => void): unknown;
}

/**
 * `app.register(fastifyGraceful, options)`: the exit begins with a signal. When the server is done, `app.close()` runs the
 * onClose hooks, then the callback is called. Refused requests go to the app's error handler.
 */
export function fastifyGraceful(app: FastifyApp, options: GracefulOptions, done: Done): void {
  try {
    const settings = readOptions(options);
    const before = (): unknown => app.close();
    const exit = new Exit({ settings, servers: () => serversOf(app), inApp: () => true, before });
    const uninstall = onSignal(settings.exitSignal, () => void exit.run());
    app.addHook('onRequest', (request, _reply, next) => next(refusalOf(request.raw)));
    app.addHook('onListen', (next) => {
      if (!isWorker()) for (const server of serversOf(app)) track(server);
      next();
    });
    app.addHook('onClose', (_app, next) => {
      // Not while it is leaving: a second signal is to end it.
      if (!exit.leaving) uninstall();
      next();
    });
    done();
  } catch (error) {
    done(error as Error);
  }
}

// Its hooks are for the whole app, not for a part of it.
Object.assign(fastifyGraceful, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'zdm/graceful',
});

/** One for each address of `localhost`: all but the first are known to Fastify only. */
function serversOf(app: FastifyApp): Server[] {
  const bindings = Object.getOwnPropertySymbols(app).find(
    ({ description }) => description === 'fastify.serverBindings',
  );
  const more = bindings && (app as unknown as Record<symbol, readonly Server[] | undefined>)[bindings];
  return [...new Set([app.server, ...(more ?? [])])];
}
