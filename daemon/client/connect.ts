// Reaching zdmd. A connection is greeted before it is used, so that versions that cannot talk say so.
import { checkHome } from '../os/home.ts';
import { connectPeer } from '../os/unix-socket.ts';
import { PROTOCOL, type Greeting } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import { ANSWER_LIMIT } from '../protocol/frames.ts';
import type { Layout } from '../protocol/layout.ts';
import { VERSION } from '../protocol/version.ts';
import { clientOn } from './client.ts';
import type { Client } from './types.ts';

/** Why there is nobody to talk to: no daemon was ever started here (or it was ended), or it died. */
export type Absence = 'none' | 'dead';

/** A new daemon looks for its masters first, each of which has two seconds. */
const GREET_LIMIT = 6_000;

/** A greeted client, or why there is none. Rejects with a ZdmError when there is a daemon that cannot be used. */
export async function tryConnect(layout: Layout): Promise<Client | Absence> {
  checkHome(layout);
  let connection: Awaited<ReturnType<typeof connectPeer>>;
  try {
    connection = await connectPeer(layout.daemonSocket, ANSWER_LIMIT, () => undefined);
  } catch (cause) {
    if (cause instanceof ZdmError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'none';
    // Reset: it was killed between our connecting and its accepting (seen on Node 20.20, on a busy machine).
    if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return 'dead';
    const foreign = code === 'EACCES';
    const why = foreign ? 'it belongs to another user' : (cause as Error).message;
    throw new ZdmError(
      'NO_DAEMON',
      `Cannot reach the daemon at ${layout.daemonSocket}: ${why}.`,
      foreign ? 'Name your own home in ZDM_HOME.' : 'Name another folder in ZDM_HOME.',
      { cause },
    );
  }
  const { peer, close } = connection;
  let greeting: Greeting;
  try {
    greeting = (await peer.call('hello', { protocol: PROTOCOL, version: VERSION }, GREET_LIMIT)) as Greeting;
  } catch (error) {
    close();
    // Killed a moment ago: the kernel closes its connections before the socket that we have just reached.
    if (error instanceof ZdmError && error.code === 'DISCONNECTED') return 'dead';
    if (!(error instanceof ZdmError) || error.code !== 'TIMEOUT') throw error;
    // Only now, as in launch.ts.
    const { silentDaemon } = await import('./silent-daemon.ts');
    throw silentDaemon(layout, error);
  }
  return clientOn(greeting, { peer, close });
}
