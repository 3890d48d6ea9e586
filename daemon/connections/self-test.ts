// Does moving work on this Node? Tried once per master with a loopback connection moved from a server to itself, because it
// rests on undocumented parts. Where it does not hold, workers say `Connection: close` instead.
import { createServer, type Server } from 'node:http';
import { connect, Socket, type AddressInfo } from 'node:net';
import type { HttpSocket } from './internals.ts';
import { detach, idleSockets } from './move.ts';

const LIMIT = 2_000;

/** True when a keep-alive connection carried on after a move, and exactly once per request. Never rejects. */
export async function canMove(): Promise<boolean> {
  let server: Server | undefined;
  let client: Socket | undefined;
  try {
    const seen: string[] = [];
    const sockets = new Set<HttpSocket>();
    server = createServer((request, response) => {
      seen.push(request.url ?? '');
      response.end('.');
    });
    server.on('connection', (socket: HttpSocket) => sockets.add(socket));
    await new Promise<void>((resolve) => server!.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve));
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await exchange(client, '/1');
    const [idle] = await idleSoon(server, sockets);
    if (!idle) return false;
    const handle = detach(idle.socket);
    const adopted = new Socket({ handle, readable: true, writable: true } as object) as HttpSocket;
    server.emit('connection', adopted);
    await exchange(client, '/2');
    return seen.join() === '/1,/2';
  } catch {
    return false;
  } finally {
    client?.destroy();
    server?.closeAllConnections();
    server?.close();
  }
}

/** The answer may reach the client before the server's turn that sent it is over. */
async function idleSoon(server: Server, sockets: Set<HttpSocket>): Promise<ReturnType<typeof idleSockets>> {
  const until = performance.now() + LIMIT;
  for (;;) {
    const idle = idleSockets(server, sockets);
    if (idle.length > 0 || performance.now() > until) return idle;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function exchange(client: Socket, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), LIMIT);
    let text = '';
    const done = (error?: Error): void => {
      clearTimeout(timer);
      client.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error');
      if (error) reject(error);
      else resolve();
    };
    client.on('data', (chunk) => {
      text += String(chunk);
      // The body is one dot, chunked or not; the head has none of this form.
      if (/\r\n\r\n(1\r\n)?\./.test(text)) done();
    });
    client.on('error', done).on('close', () => done(new Error('closed')));
    client.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  });
}
