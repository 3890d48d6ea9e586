// Refusals as the errors of an app, so that its own error handlers answer them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusalOf } from './refusal.ts';

/** For Express and Connect. */
export type ConnectMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** For Koa. */
export type KoaMiddleware = (
  context: { readonly req: IncomingMessage },
  next: () => Promise<unknown>,
) => Promise<unknown>;

/** What tells a Koa app from others. */
export interface KoaApp {
  readonly middleware: unknown;
  callback(): unknown;
}

const apps = new WeakSet();

/** For Koa, first in the chain. Requests that the exit refuses go to the app's error handlers, with status 502. */
export function middleware(app: KoaApp): KoaMiddleware;
/** The same for Express and Connect. */
export function middleware(app: object): ConnectMiddleware;
/** Both. */
export function middleware(app: object): ConnectMiddleware | KoaMiddleware {
  if (!isApp(app)) {
    throw new TypeError('zdm/graceful: middleware(app) wants the app of Express, Connect or Koa that it is used in.');
  }
  apps.add(app);
  return isKoa(app) ? forKoa : forConnect;
}

/** Whether refusals reach the error handlers of this app. */
export function hasMiddleware(app: unknown): boolean {
  return isApp(app) && apps.has(app);
}

const forConnect: ConnectMiddleware = (request, _response, next) => next(refusalOf(request));

const forKoa: KoaMiddleware = async ({ req }, next) => {
  const refusal = refusalOf(req);
  if (refusal) throw refusal;
  return next();
};

function isApp(value: unknown): value is object {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}

function isKoa(app: object): app is KoaApp {
  return 'middleware' in app && Array.isArray(app.middleware) && 'callback' in app;
}
