// Looking at what a home has running, past its daemon: for finding out what is wrong. Starts and changes nothing.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { askOnce } from '../os/ask-once.ts';
import { leftovers, livingMaster, workersIn } from '../os/leftovers.ts';
import { lockOwner } from '../os/lock.ts';
import { identityOf, isAlive } from '../os/process-identity.ts';
import type { Layout } from '../protocol/layout.ts';

export { ownerOfPort } from '../os/port-owner.ts';

/** A master answers within the second. */
const PATIENCE = 2_000;

/** What there is of one app beside its description. */
export interface Remains {
  readonly app: string;
  /** Of the master that answers. */
  readonly version: string | null;
  /** Of a master that lives, whether it answers or not. */
  readonly masterPid: number | null;
  /** Processes that live, of workers whose master does not. */
  readonly workers: readonly number[];
  /** Files that only a living master has. */
  readonly files: readonly string[];
}

/** Of every app that ever ran in this home. */
export async function findRemains(layout: Layout): Promise<Remains[]> {
  const folder = dirname(layout.appFolder('any'));
  const apps = existsSync(folder) ? readdirSync(folder) : [];
  const master = {
    version: await versionAt(layout.masterSocket),
    masterPid: lockOwner(layout.masterLock)?.pid ?? null,
  };
  return Promise.all(
    apps.map(async (app) => {
      const orphans = workersIn(layout.journal(app)).filter(isAlive);
      const isHeld = orphans.length > 0 && master.masterPid !== null;
      const socket = layout.oldMasterSocket(app);
      const old = { version: await versionAt(socket), masterPid: livingMaster(layout.appFolder(app)) };
      const workers = isHeld ? [] : orphans.map(({ pid }) => pid);
      return {
        app,
        ...(old.masterPid === null && isHeld ? master : old),
        workers: [...workers, ...leftovers(layout.appFolder(app))],
        files: [socket].filter((file) => existsSync(file)),
      };
    }),
  );
}

/** Files that processes of this home left when they were killed in the middle of writing: the pid in their names is dead. */
export function deadDrafts(home: string): string[] {
  return readdirSync(home)
    .filter((name) => {
      const pid = /\.draft-(\d+)$|\.(\d+)\.part$/.exec(name);
      return pid !== null && identityOf(Number(pid[1] ?? pid[2])) === null;
    })
    .map((name) => join(home, name));
}

async function versionAt(socket: string): Promise<string | null> {
  try {
    return await askOnce(socket, (_, { version }) => version, PATIENCE);
  } catch {
    return null;
  }
}
