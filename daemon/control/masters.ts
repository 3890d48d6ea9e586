// How the daemon gets at masters; the registry does not care in which process they live.
import { rmSync } from 'node:fs';
import { launchDetached } from '../os/launch.ts';
import { endLeftovers, livingMaster } from '../os/leftovers.ts';
import { logEvent } from '../os/log.ts';
import { connectPeer } from '../os/unix-socket.ts';
import { PROTOCOL } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import { ANSWER_LIMIT } from '../protocol/frames.ts';
import type { Layout } from '../protocol/layout.ts';
import type { Bootstrap, HeirProgram } from '../protocol/master-contract.ts';
import type { Peer } from '../protocol/peer.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import { findMasters } from './find-masters.ts';

/** The line to a master. */
export interface MasterLine {
  readonly peer: Peer;
  close(): void;
}

export interface Masters {
  /** Starts one. `failed` rejects with MASTER_FAILED when it ends before it serves, and never resolves. */
  start(record: AppRecord): Promise<{ failed: Promise<never> }>;
  /** Rejects when the app has none, or it is not there yet; `lost` is called once when the line has ended. */
  connect(app: string, lost: () => void): Promise<MasterLine>;
  /** The program of a new master, for one that hands over; null where they cannot be replaced. */
  readonly program: HeirProgram | null;
  /** The pid of one that lives in a process of its own, whether it can be reached or not; null when there is none. */
  living(app: string): number | null;
  /** Ends what a dead master has left of the app. */
  clear(app: string): void;
  /** The app was deleted: removes what is kept of it beyond the life of its master. */
  forget(app: string): void;
  /** The apps whose masters live, beside the `known` ones. */
  find(known: ReadonlySet<string>): Promise<readonly AppRecord[]>;
}

/** Masters in processes of their own, which outlive the daemon. `script` is the built master. */
export function detachedMasters(layout: Layout, script: string): Masters {
  return {
    program: { node: process.execPath, script },
    async start({ id, spec }) {
      const { name } = spec;
      const paths = { socket: layout.masterSocket(name), pidFile: layout.masterPid(name) };
      const bootstrap: Bootstrap = { protocol: PROTOCOL, id, spec, ...paths };
      const { failed } = await launchDetached({
        script,
        args: [name],
        // The apps' environment is in their description; the master's own must not leak into them.
        env: { ZDM_HOME: layout.home },
        cwd: layout.home,
        log: layout.daemonLog,
        input: JSON.stringify(bootstrap),
      });
      return {
        failed: failed.then((error) => {
          throw new ZdmError('MASTER_FAILED', `The master of ${name} did not start: ${error.message}`, error.hint);
        }),
      };
    },
    connect: (app, lost) => connectPeer(layout.masterSocket(app), ANSWER_LIMIT, lost),
    find: (known) => findMasters(layout, known),
    living: (app) => livingMaster(layout.appFolder(app)),
    clear(app) {
      const ended = endLeftovers(layout.appFolder(app));
      if (ended.length > 0) logEvent('ended what a dead master left', { app, pids: ended });
      // It may be given to any process.
      rmSync(layout.masterPid(app), { force: true });
    },
    forget: (app) => rmSync(layout.releases(app), { force: true }),
  };
}
