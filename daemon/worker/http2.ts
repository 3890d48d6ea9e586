// HTTP/2 connections cannot move; they are told to end, and no stream is lost over it.
import { constants, type ServerHttp2Session } from 'node:http2';

/** The highest stream number there is: "every stream that you have opened will be answered". */
const LAST_STREAM = 2 ** 31 - 1;

/**
 * Ends a session in the two steps of RFC 9113, 6.8: first a notice that accepts everything; and when the client is known to
 * have read it (it answers a ping), the end. Streams that it opened meanwhile have arrived by then. One step alone refuses them.
 */
export function sayGoaway(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return;
  session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM);
  session.ping(() => session.close());
}
