// One GET over a connection that is there already, in whatever the server speaks. The certificate does not matter: it is our own
// worker. TLS and HTTP/2 are loaded by masters that need them only.
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerKind } from '../protocol/worker-link.ts';

export interface Question {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer was begun and not ended. */
const CUT = 'the connection was closed in the middle of the answer';

/** Resolves with the status when the whole answer is there. */
export async function ask(client: Socket, server: ServerKind, question: Question): Promise<number> {
  const headers = { host: 'localhost', 'user-agent': 'zdm-health', ...lowerCase(question.headers) };
  const whole = { path: question.path, headers };
  if (!server.secure) return server.http2 ? askHttp2(client, whole) : askHttp1(client, whole);
  const secure = await encrypt(client, headers.host);
  return secure.alpnProtocol === 'h2' ? askHttp2(secure, whole) : askHttp1(secure, whole);
}

async function encrypt(socket: Socket, host: string): Promise<Duplex & { readonly alpnProtocol: unknown }> {
  const { connect } = await import('node:tls');
  const name = host.replace(/:\d+$/, '');
  // An address is no name that a certificate could be asked for by.
  const servername = /^[\d.]+$|:/.test(name) ? 'localhost' : name;
  return new Promise((resolve, reject) => {
    const options = { socket, servername, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] };
    const secure = connect(options, () => resolve(secure));
    // Stays: an error that comes when everything was said already is nobody's.
    secure.on('error', reject);
    secure.once('close', () => reject(new Error('the connection was closed before TLS was agreed upon')));
  });
}

function askHttp1(socket: Duplex, { path, headers }: Question): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'GET',
      path,
      headers: { ...headers, connection: 'close' },
      createConnection: () => socket,
    };
    const asked = request(options as object, (response: IncomingMessage) => {
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('close', () => reject(new Error(CUT)));
      response.on('error', () => reject(new Error(CUT)));
      response.resume();
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function askHttp2(socket: Duplex, { path, headers }: Question): Promise<number> {
  const { connect } = await import('node:http2');
  const { host, connection: _, ...others } = headers;
  return new Promise((resolve, reject) => {
    const session = connect('http://localhost', { createConnection: () => socket });
    session.on('error', reject);
    session.once('close', () => reject(new Error(CUT)));
    const stream = session.request({ ':path': path, ':authority': host, ...others });
    let status = 0;
    stream.once('response', (head) => (status = Number(head[':status'])));
    stream.on('error', reject);
    stream.once('end', () => {
      if (status > 0) resolve(status);
      session.close();
    });
    stream.resume();
  });
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
