// Where things lie in zdm's home. Pure: nothing is opened here.
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with the closing zero. */
const SOCKET_PATH_LIMIT = 100;
/** The longest part that a socket path adds to its folder: `apps/<64 characters>/master.sock`. */
const LONGEST_SOCKET_NAME = 5 + 64 + 12 + 1;

export interface Layout {
  readonly home: string;
  /** Holds the sockets: the home itself, or a short private folder when the home lies too deep for a socket path. */
  readonly runtime: string;
  readonly daemonSocket: string;
  readonly daemonLog: string;
  /** The apps and what is wanted of them. */
  readonly registry: string;
  readonly logs: string;
  masterSocket(app: string): string;
}

/** The layout below `home` (absolute). `shortFolder` is where a private folder for sockets may be made if need be. */
export function layoutOf(home: string, shortFolder: string): Layout {
  const deep = Buffer.byteLength(home) + 1 + LONGEST_SOCKET_NAME > SOCKET_PATH_LIMIT;
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 12);
  const runtime = deep ? join(shortFolder, `zdm-${digest}`) : home;
  return {
    home,
    runtime,
    daemonSocket: join(runtime, 'zdmd.sock'),
    daemonLog: join(home, 'zdmd.log'),
    registry: join(home, 'apps.json'),
    logs: join(home, 'logs'),
    masterSocket: (app) => join(runtime, 'apps', app, 'master.sock'),
  };
}
