// Looking at what a home has running, past its daemon: for finding out what is wrong. Starts and changes nothing.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { askOnce } from '../os/ask-once.ts';
import { leftovers, livingMaster } from '../os/leftovers.ts';
import { identityOf } from '../os/process-identity.ts';
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
  return Promise.all(
    apps.map(async (app) => {
      const files = [layout.masterPid(app), layout.masterSocket(app)];
      return {
        app,
        version: await versionAt(layout.masterSocket(app)),
        masterPid: livingMaster(layout.appFolder(app)),
        workers: leftovers(layout.appFolder(app)),
        files: files.filter((file) => existsSync(file)),
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
