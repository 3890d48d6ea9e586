// One question to a daemon or a master, over a connection of its own.
import { PROTOCOL, type Greeting } from '../protocol/contract.ts';
import { ANSWER_LIMIT } from '../protocol/frames.ts';
import type { Peer } from '../protocol/peer.ts';
import { VERSION } from '../protocol/version.ts';
import { connectPeer } from './unix-socket.ts';

/** Connects, greets, asks and closes. Rejects as connecting and calling do; `limit` (ms) is that of the greeting. */
export async function askOnce<T>(
  socket: string,
  ask: (peer: Peer, greeting: Greeting) => T | Promise<T>,
  limit?: number,
): Promise<T> {
  const { peer, close } = await connectPeer(socket, ANSWER_LIMIT, () => undefined);
  try {
    return await ask(peer, (await peer.call('hello', { protocol: PROTOCOL, version: VERSION }, limit)) as Greeting);
  } finally {
    close();
  }
}
