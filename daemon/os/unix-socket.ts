// Peers over unix sockets: the only file that opens one.
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { ZdmError } from '../protocol/errors.ts';
import { FRAME_LIMIT } from '../protocol/frames.ts';
import { NO_SERVICE, Peer, type Service } from '../protocol/peer.ts';
import { checkPlace, checkSocket } from './socket-check.ts';

/** Answers (bytes) that may wait for whoever asked. */
const UNREAD_LIMIT = 4 * FRAME_LIMIT;

/** A peer on a connected socket; `onClose` is called once when the connection has ended, however it ended. */
function peerOn(socket: Socket, service: Service, limit: number, onClose: () => void): Peer {
  const peer = new Peer(
    {
      write: (text) => void socket.write(text),
      get backlog() {
        return socket.writableLength;
      },
      close: () => socket.destroySoon(),
    },
    service,
    limit,
  );
  socket.on('data', (chunk: Buffer) => {
    peer.receive(chunk);
    // Who asks and does not read the answers is not listened to until they are read. Never so on the asking side: two that
    // both waited for the other would wait for ever.
    if (service !== NO_SERVICE && socket.writableLength > UNREAD_LIMIT) socket.pause();
  });
  socket.on('drain', () => {
    socket.resume();
    peer.drained();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    peer.close(new ZdmError('DISCONNECTED', 'The connection was lost.'));
    onClose();
  });
  return peer;
}

/** Connects to a peer. Rejects with the system's error (ENOENT, ECONNREFUSED, EACCES …), or with UNSAFE_HOME. */
export function connectPeer(path: string, limit: number, onClose: () => void): Promise<{ peer: Peer; close(): void }> {
  return new Promise((resolve, reject) => {
    checkSocket(path);
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      const peer = peerOn(socket, NO_SERVICE, limit, onClose);
      resolve({ peer, close: () => void socket.destroy() });
    });
  });
}

/**
 * Serves peers at `path`, readable by this user only. The caller holds the lock that makes it the only server there, so a
 * socket that is in the way is a dead one. Each connection gets a service of its own.
 */
export function servePeers(path: string, limit: number, serviceFor: () => Service): Promise<Server> {
  return new Promise((resolve, reject) => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    checkPlace(path);
    rmSync(path, { force: true });
    const server = createServer((socket) => peerOn(socket, serviceFor(), limit, () => undefined));
    server.once('error', reject);
    // Made private from the first moment: whoever connects looks at its mode. (listen() binds before it returns.)
    const before = process.umask(0o177);
    server.listen({ path, exclusive: true }, () => {
      try {
        chmodSync(path, 0o600);
        resolve(server);
      } catch (error) {
        // Node 20 cuts a path that is too long, and listens somewhere else.
        server.close();
        reject(error);
      }
    });
    process.umask(before);
  });
}

/** Whether connecting failed because nobody serves there: never did, or died (perhaps between our connecting and its accepting). */
export function isNobody(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ECONNREFUSED' || code === 'ECONNRESET';
}
