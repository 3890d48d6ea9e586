// Taking an idle plain HTTP/1.1 connection out of its server, so that another process can carry on with it.
import type { Server as HttpServer } from 'node:http';
import { idleParsers, type HttpSocket, type StreamHandle } from './internals.ts';

/**
 * The sockets among `sockets` that nothing is going on with: no answer pending or unflushed, nothing read that was not
 * answered. `fresh` ones have not sent a byte yet and are missing in Node's own idle list (Node 20), but the safest of all.
 */
export function idleSockets(
  server: HttpServer,
  sockets: Iterable<HttpSocket>,
): { socket: HttpSocket; fresh: boolean }[] {
  const between = new Set(idleParsers(server).map((parser) => parser.socket));
  const idle = [];
  for (const socket of sockets) {
    const handle = socket._handle;
    // One whose end has begun (`Connection: close` was said) is not idle, though its parser is.
    if (!handle || socket.destroyed || socket.writableEnded || !socket.parser || socket._httpMessage) continue;
    if (socket.writableLength > 0 || (handle.writeQueueSize ?? 0) > 0 || socket.readableLength > 0) continue;
    const fresh = socket.bytesRead === 0;
    if (fresh || between.has(socket)) idle.push({ socket, fresh });
  }
  return idle;
}

/**
 * Takes the kernel's end of the connection out of `socket`, all in this turn, so that no byte is read meanwhile: what
 * arrives waits in the kernel for the next owner. The caller owns the returned handle and must close it after sending it.
 * The empty shell is destroyed for the server's count and its listeners; never `end()` it: that would shut the shared
 * connection down.
 */
export function detach(socket: HttpSocket): StreamHandle {
  const handle = socket._handle!;
  const parser = socket.parser!;
  handle.readStop();
  parser.unconsume();
  parser.remove();
  parser.socket = null;
  socket.parser = null;
  handle.onread = () => undefined;
  // Only a next owner in this same process sees these (self-test.ts): without them it would not begin to read.
  handle.reading = false;
  handle._consumed = false;
  socket.setTimeout(0);
  socket._handle = null;
  socket.destroy();
  return handle;
}
