// Reads what the checks need. Starts nothing, changes nothing, and goes on where something cannot be read.
import { existsSync, readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { isSafe } from '../../daemon/client/home.ts';
import { deadDrafts, findRemains, ownerOfPort } from '../../daemon/client/inspect.ts';
import { ZdmError } from '../../daemon/protocol/errors.ts';
import type { Layout } from '../../daemon/protocol/layout.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { VERSION } from '../../daemon/protocol/version.ts';
import type { Context } from '../command.ts';
import { canStartUp, managerOf, ownerOf } from '../startup/owner.ts';
import { placeOf } from '../startup/place.ts';
import { readWritten } from '../startup/set-up.ts';
import { portWanted } from './checks.ts';
import type { DaemonFact, DiskFact, Facts, PathFact, StartupFact } from './facts.ts';

/** Everything, as it is now. */
export async function readFacts(context: Context): Promise<Facts> {
  const { layout, dist } = context;
  const safe = isSafe(layout);
  const { daemon, apps } = safe ? await askDaemon(context) : { daemon: { state: 'unsafe' } as const, apps: null };
  const isThere = existsSync(layout.home);
  const pid = daemon.state === 'up' ? daemon.pid : process.pid;
  const most = openFilesOf(pid);
  return {
    home: layout.home,
    uid: process.getuid?.() ?? 0,
    user: or(() => userInfo().username, 'this user'),
    paths: pathsOf(layout),
    command: { version: VERSION, onDisk: versionOnDisk(dist), node: process.version },
    daemon,
    apps,
    list: listOf(layout.registry),
    remains: safe && isThere ? await findRemains(layout) : [],
    drafts: isThere ? or(() => deadDrafts(layout.home), []) : [],
    openFiles: most === null ? null : { most, pid },
    disks: disksOf(layout),
    logs: logsOf(layout.logs),
    startup: await startupOf(context),
    ports: portsOf(apps ?? []),
    now: Date.now(),
  };
}

async function askDaemon(context: Context): Promise<{ daemon: DaemonFact; apps: readonly AppStatus[] | null }> {
  try {
    const client = await context.tryConnect();
    if (typeof client === 'string') return { daemon: { state: client }, apps: null };
    const { pid, version } = client.greeting;
    const apps = await client.call('list', {});
    client.close();
    const isNodeGone = or(() => readlinkSync(`/proc/${pid}/exe`).endsWith(' (deleted)'), false);
    return { daemon: { state: 'up', pid, version, isNodeGone }, apps };
  } catch (error) {
    if (!(error instanceof ZdmError)) throw error;
    return { daemon: { state: 'refused', why: error.message, next: error.hint }, apps: null };
  }
}

function pathsOf({ home, runtime, registry, daemonSocket }: Layout): PathFact[] {
  const kinds = {
    [home]: 'home',
    [runtime]: runtime === home ? 'home' : 'runtime',
    [registry]: 'list',
    [daemonSocket]: 'socket',
  } as const;
  return Object.entries(kinds).flatMap(([path, kind]) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? [{ path, kind, mode: stat.mode & 0o777, uid: stat.uid }] : [];
  });
}

function listOf(file: string): Facts['list'] {
  if (!existsSync(file)) return null;
  try {
    const { version, apps } = JSON.parse(readFileSync(file, 'utf8')) as {
      version?: unknown;
      apps?: { up?: boolean }[];
    };
    if (typeof version !== 'number' || !Array.isArray(apps)) return { wrong: 'it is no list of apps' };
    return { wanted: apps.filter((app) => app.up === true).length };
  } catch (error) {
    // What JSON.parse says quotes the text, and there may be passwords in it.
    return { wrong: error instanceof SyntaxError ? 'it is damaged' : (error as Error).message };
  }
}

function openFilesOf(pid: number): number | null {
  return or(() => {
    const hard = /^Max open files +\S+ +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
    return hard === 'unlimited' ? Infinity : Number(hard);
  }, null);
}

/** Of the home and its logs; one line when both are on one disk. What is not there yet will be where its folder is. */
function disksOf({ home, logs }: Layout): DiskFact[] {
  const folders = [home, logs].map(nearestFolder);
  const disks = new Map(folders.toReversed().map((path) => [statSync(path).dev, path]));
  return [...disks.values()].flatMap((path) =>
    or(() => {
      const { bavail, blocks, bsize, ffree, files } = statfsSync(path);
      return [{ path, free: bavail * bsize, size: blocks * bsize, freeFiles: ffree, files }];
    }, []),
  );
}

function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}

function logsOf(folder: string): Facts['logs'] {
  const files = or(() => readdirSync(folder), []).map((name) => join(folder, name));
  const sized = files.map((file) => ({ file, bytes: or(() => statSync(file).size, 0) }));
  const [biggest] = sized.toSorted((one, other) => other.bytes - one.bytes);
  return { bytes: sized.reduce((sum, { bytes }) => sum + bytes, 0), biggest: biggest?.file ?? null };
}

async function startupOf(context: Context): Promise<StartupFact> {
  const manager = managerOf(undefined);
  const isPossible = canStartUp(manager);
  // A user without a name has no service.
  const owner = await ownerOf(
    context,
    or(() => userInfo().username, ''),
  ).catch(() => null);
  if (owner === null) return { isPossible, units: [] };
  const places = [true, false].map((isRoot) => placeOf(manager, { ...owner, isRoot }));
  const units = places.flatMap((place) => {
    const written = or(() => readWritten(place), null);
    if (written?.home !== context.layout.home) return [];
    return [{ file: place.file, missing: written.programs.filter((program) => !existsSync(program)) }];
  });
  return { isPossible, units };
}

function portsOf(apps: readonly AppStatus[]): Facts['ports'] {
  const ports = apps.map(portWanted);
  return new Map(ports.filter((port) => port !== null).map((port) => [port, ownerOfPort(port)]));
}

function versionOnDisk(dist: string): string | null {
  return or(
    () => (JSON.parse(readFileSync(join(dist, '../package.json'), 'utf8')) as { version: string }).version,
    null,
  );
}

/** What cannot be read is not known. */
function or<T, D>(read: () => T, otherwise: D): T | D {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
