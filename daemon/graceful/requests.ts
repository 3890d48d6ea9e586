// What becomes of a request that comes after the exit began.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { endInOrder } from '../connections/close.ts';
import { intercept } from '../connections/intercept.ts';
import type { Settings } from './options.ts';
import { answerRequest, answerStream, answerUpgrade, makeRefusal, passToApp } from './refusal.ts';

/** `drop`: the connection ends without an answer. */
type Verdict = 'serve' | 'refuse' | 'drop';

/** Connections that have been told that they end. */
export type Told = WeakSet<object>;

/**
 * The first request of a connection is its last one, the others are refused; with `performLastRequest: false` every one. `told`:
 * its connection has had its last request, or was closed from here.
 */
export function judge(
  { performLastRequest, errorDuringExit }: Pick<Settings, 'performLastRequest' | 'errorDuringExit'>,
  told: boolean,
): Verdict {
  if (performLastRequest && !told) return 'serve';
  return errorDuringExit ? 'refuse' : 'drop';
}

/** From now on every request is judged. `inApp`: the app has our middleware, which gives refusals to its error handlers. */
export function judgeRequests(server: Server, settings: Settings, told: Told, inApp: boolean): void {
  /** A listener for 'checkContinue' emits 'request' by itself. */
  const served = new WeakSet<object>();
  intercept(server, (name, args) => {
    switch (name) {
      case 'request':
      case 'checkContinue':
      case 'checkExpectation': {
        const [request, response] = args as [IncomingMessage, ServerResponse];
        // HTTP/2 was judged as a stream.
        if (request.httpVersionMajor > 1 || served.has(request)) return false;
        // One that crossed our FIN cannot be answered any more, so it must not be done.
        const verdict = request.socket.writableEnded ? 'drop' : judge(settings, told.has(request.socket));
        told.add(request.socket);
        response.shouldKeepAlive = false;
        if (verdict === 'serve') return !served.add(request);
        settings.logger(`zdm/graceful: ${request.method} ${request.url} ${verdict === 'drop' ? 'dropped' : 'refused'}`);
        if (verdict === 'drop') return dropRequest(request, response);
        const refusal = makeRefusal(settings);
        if (inApp) return passToApp(request, refusal);
        return answerRequest(request, response, refusal, name !== 'request');
      }
      case 'upgrade':
      case 'connect': {
        // What is opened now would have to be closed at once.
        const [, socket] = args as [IncomingMessage, Duplex];
        return settings.errorDuringExit ? answerUpgrade(socket, makeRefusal(settings)) : dropUpgrade(socket);
      }
      case 'stream': {
        const [stream] = args as [ServerHttp2Stream];
        const verdict = judge(settings, false);
        if (verdict === 'refuse') return answerStream(stream, makeRefusal(settings));
        // The client may send it again elsewhere (RFC 9113, 8.7).
        if (verdict === 'drop') stream.close(constants.NGHTTP2_REFUSED_STREAM);
        return verdict === 'drop';
      }
      default:
        return false;
    }
  });
}

function dropRequest(request: IncomingMessage, response: ServerResponse): true {
  request.resume();
  const end = (): void => request.socket.destroySoon();
  // An answer to an earlier request of the connection goes first.
  if (response.socket) end();
  else response.once('socket', end);
  return true;
}

function dropUpgrade(socket: Duplex): true {
  socket.on('error', () => undefined);
  endInOrder(socket.resume());
  return true;
}
