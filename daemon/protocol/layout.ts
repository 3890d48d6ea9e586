// Where things lie in zdm's home. Pure: nothing is opened here.
import { join } from 'node:path';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with the closing zero. */
const SOCKET_PATH_LIMIT = 103;
/** Longer app names have a shortened folder, so that few homes are too deep. */
const APP_FOLDER_LIMIT = 24;
/** The longest part that a socket path adds to its folder. */
const LONGEST_SOCKET_NAME = `/apps/${'n'.repeat(APP_FOLDER_LIMIT)}/master.sock`.length;

export interface Layout {
  readonly home: string;
  /** Holds the sockets: the home itself, or a short private folder when the home lies too deep for a socket path. */
  readonly runtime: string;
  readonly daemonSocket: string;
  /** Held by the living daemon. */
  readonly daemonLock: string;
  readonly daemonLog: string;
  /** The apps and what is wanted of them. */
  readonly registry: string;
  readonly logs: string;
  /** Lists of apps that were saved under a name. */
  readonly snapshots: string;
  /** What can be made again at any time. */
  readonly cache: string;
  /** Where the master listens for zdmd. */
  readonly masterSocket: string;
  /** Held by the living master. */
  readonly masterLock: string;
  /** For scripts that send the master signals. */
  readonly masterPid: string;
  /** Where workers come whose master has gone. FROZEN with 0.2.0: workers know it for as long as they live. */
  readonly workerSocket: string;
  /** The ways of what workers print. */
  readonly run: string;
  /** Where the master of an app listened up to 0.1.0, which had one for each. */
  oldMasterSocket(app: string): string;
  /** What the next master has to know of the app. */
  journal(app: string): string;
  /** What the app runs, and what it ran before. */
  releases(app: string): string;
  /** What its master notes there: its pid, its workers. */
  appFolder(app: string): string;
}

/**
 * The layout below `home` (absolute). `shortFolder` is where a private folder for sockets may be made if need be: the same in
 * every process of that home, or they would not find each other.
 */
export function layoutOf(home: string, shortFolder: string): Layout {
  const deep = Buffer.byteLength(home) + LONGEST_SOCKET_NAME > SOCKET_PATH_LIMIT;
  const runtime = deep ? join(shortFolder, `zdm-${digest(home, 12)}`) : home;
  return {
    home,
    runtime,
    daemonSocket: join(runtime, 'zdmd.sock'),
    daemonLock: join(home, 'zdmd.lock'),
    daemonLog: join(home, 'zdmd.log'),
    registry: join(home, 'apps.json'),
    logs: join(home, 'logs'),
    snapshots: join(home, 'snapshots'),
    cache: join(home, 'cache'),
    masterSocket: join(runtime, 'master.sock'),
    masterLock: join(home, 'master.lock'),
    masterPid: join(home, 'master.pid'),
    workerSocket: join(runtime, 'workers.sock'),
    run: join(runtime, 'run'),
    oldMasterSocket: (app) => join(runtime, 'apps', appFolder(app), 'master.sock'),
    journal: (app) => join(home, 'apps', app, 'journal.json'),
    appFolder: (app) => join(home, 'apps', app),
    releases: (app) => join(home, 'apps', app, 'releases.json'),
  };
}

/** `~` is in no app's name, so a shortened one is never that of another app. */
function appFolder(app: string): string {
  return app.length <= APP_FOLDER_LIMIT ? app : `${app.slice(0, APP_FOLDER_LIMIT - 11)}~${digest(app, 10)}`;
}

/** FNV-1a in 64 bits: tells names apart, and loading node:crypto for it would cost every command. */
function digest(text: string, length: number): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0').slice(-length);
}
