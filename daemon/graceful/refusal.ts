// How a request that is not served any more is answered: so that a balancer asks the next server, and the client's library
// opens another connection.
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { endInOrder } from '../connections/close.ts';
import type { Settings } from './options.ts';

/** Balancers send a request that got a 502 to another server, if it is one that may be sent again. */
const BAD_GATEWAY = 502;
/** How long (ms) the body of a refused request is read before the answer: closing with something unread resets the answer, too. */
const BODY_WITHIN = 1_000;

/** With all that Express, Connect, Koa and Fastify read in an error to answer with it. */
export type Refusal = Error & { status: number; statusCode: number; expose: boolean };

/** Refusals for the middleware, which is about to see their requests. */
const refusals = new WeakMap<object, Refusal>();

/** The user's error, with a status if he gave none. */
export function makeRefusal({ getRejectionError }: Pick<Settings, 'getRejectionError'>): Refusal {
  const error: Partial<Refusal> = errorFrom(getRejectionError);
  const status = error.status ?? error.statusCode ?? BAD_GATEWAY;
  return Object.assign(error as Error, { status, statusCode: status, expose: error.expose ?? true });
}

/** Whatever the user's function does: a failure here would end the process in the middle of its exit. */
function errorFrom(make: () => unknown): Error {
  try {
    const made = make();
    return made instanceof Error ? made : new Error(String(made));
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

/** Why this request is to be answered with an error; undefined when it is to be served. Asked by the adapters. */
export function refusalOf(request: object): Refusal | undefined {
  return refusals.get(request);
}

/** Leaves the answer to the app's error handlers. */
export function passToApp(request: IncomingMessage, refusal: Refusal): false {
  refusals.set(request, refusal);
  return false;
}

/** Answers from here. `atOnce`: its client waits before it sends the body. */
export function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal,
  atOnce: boolean,
): true {
  const answer = (): void => {
    clearTimeout(timer);
    if (!response.headersSent) response.writeHead(refusal.status, headersOf(refusal)).end(refusal.message);
  };
  const timer = setTimeout(answer, atOnce ? 0 : BODY_WITHIN);
  request.once('end', answer).once('close', answer).resume();
  return true;
}

/** For a stream of HTTP/2, whose connection has its own way to say that it ends. */
export function answerStream(stream: ServerHttp2Stream, { status, message }: Refusal): true {
  stream.on('error', () => undefined);
  stream.respond({ ':status': status, 'content-type': 'text/plain; charset=utf-8' });
  stream.end(message);
  stream.resume();
  return true;
}

/** For a connection that wants to become a WebSocket, or the like. */
export function answerUpgrade(socket: Duplex, refusal: Refusal): true {
  const head = Object.entries(headersOf(refusal)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => undefined);
  socket.write(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n${head.join('')}\r\n${refusal.message}`,
  );
  endInOrder(socket.resume());
  return true;
}

function headersOf({ message }: Refusal): Record<string, string | number> {
  return {
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(message),
  };
}
