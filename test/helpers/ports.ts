// Ports for fixture apps.
import { connect, createServer } from 'node:net';

const handed = new Set<number>();

/**
 * A port that nobody listens on, never the same twice. Taken from below the range which the system uses for outgoing
 * connections: load generators open thousands of those, and one of them could sit on the port before the app does.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    if (handed.has(port)) continue;
    handed.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error('No free port found in 200 attempts');
}

/** Whether somebody accepts connections on this port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
