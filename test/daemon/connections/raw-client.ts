// A client that speaks HTTP/1.1 by hand on one connection and notices everything: resets, ends, and answers nobody asked for.
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { onceEvent, until } from '../../helpers/until.ts';

export interface RawClient {
  readonly socket: Socket;
  /** Everything that came so far. */
  readonly text: string;
  /** How the connection ended, if it did. */
  readonly ended: string | null;
  send(text: string): void;
  /** Waits until this has come in. */
  gets(text: string): Promise<void>;
}

/** Listens on a free port of the loopback, until the end of the test. */
export async function listen(server: Server): Promise<void> {
  server.listen({ port: 0, host: '127.0.0.1', exclusive: true });
  onTestFinished(() => {
    if ('closeAllConnections' in server) (server.closeAllConnections as () => void).call(server);
    server.close();
  });
  await onceEvent(server, 'listening');
}

/** A connected client of a listening server. */
export function join(server: Server): Promise<RawClient> {
  return joinPort((server.address() as AddressInfo).port);
}

/** A client that is connected to this port of 127.0.0.1. */
export async function joinPort(port: number): Promise<RawClient> {
  return follow(connect(port, '127.0.0.1'), 'connect');
}

/** The same over a socket of one's own, which says with `ready` that it can be used. */
export async function follow(socket: Socket, ready: string): Promise<RawClient> {
  onTestFinished(() => void socket.destroy());
  let text = '';
  let ended: string | null = null;
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.on('end', () => (ended ??= 'end'));
  socket.on('error', (error) => (ended ??= error.message));
  await onceEvent(socket, ready);
  return {
    socket,
    get text() {
      return text;
    },
    get ended() {
      return ended;
    },
    send: (bytes) => void socket.write(bytes),
    gets: async (wanted) => {
      await until(() => text.includes(wanted), { message: () => `"${wanted}" in: ${text} (${ended ?? 'open'})` });
    },
  };
}

/** A whole request, kept alive. */
export function get(path: string, more = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
}

/** A whole request with a body. */
export function post(path: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
