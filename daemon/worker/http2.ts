// HTTP/2 connections cannot move; they are told to end, and no stream is lost over it.
import { constants, type ServerHttp2Session } from 'node:http2';
import type { Server } from 'node:net';

/** The highest stream number there is: "every stream that you have opened will be answered". */
const LAST_STREAM = 2 ** 31 - 1;
/**
 * How long (ms) a session without any stream so far is given to open one, and a client to answer a ping. A notice that reaches
 * node's own client before its first stream left it makes that client wait for ever (seen with Node 20.20 and 24.21).
 */
const PATIENCE = 1_000;

/** The sessions of a server that are open, from now on. */
export function openSessions(server: Server): ReadonlySet<ServerHttp2Session> {
  const sessions = new Set<ServerHttp2Session>();
  server.on('session' as 'connection', (opened: unknown) => {
    const session = opened as ServerHttp2Session;
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  return sessions;
}

/**
 * Ends a session in the two steps of RFC 9113, 6.8: first a notice that accepts everything; and when the client is known to
 * have read it (it answers a ping), the end. Streams that it opened meanwhile have arrived by then; one step alone refuses
 * them. What a client had not sent yet when the notice came, its own library gives back as REFUSED_STREAM: not sent, not done.
 */
export function sayGoaway(session: ServerHttp2Session): void {
  if ((session.state.lastProcStreamID ?? 0) > 0) return notify(session);
  const timer = setTimeout(notify, PATIENCE, session).unref();
  session.once('stream', () => {
    clearTimeout(timer);
    notify(session);
  });
}

function notify(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return;
  session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM);
  const close = (): void => {
    clearTimeout(timer);
    session.close();
  };
  const timer = setTimeout(close, PATIENCE).unref();
  session.ping(close);
}
