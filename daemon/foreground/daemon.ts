// What zdmd is, without a process, a home and a socket of its own: for `zdm run` and zdm/master. Its masters live here, too,
// and nothing outlives it.
import { clientOn } from '../client/client.ts';
import type { Client } from '../client/types.ts';
import { Registry } from '../control/registry.ts';
import { ControlServer } from '../control/server.ts';
import type { MasterSignal } from '../master/master.ts';
import { PROTOCOL } from '../protocol/contract.ts';
import { ZdmError } from '../protocol/errors.ts';
import { VERSION } from '../protocol/version.ts';
import type { Snapshots } from '../store/snapshots.ts';
import { lineTo } from './line.ts';
import { type HouseOptions, MastersHere } from './masters.ts';

/** There is no home to keep them in. */
const NO_SNAPSHOTS: Snapshots = {
  write: refuseSnapshot,
  read: refuseSnapshot,
  list: () => [],
};

export interface Foreground {
  /** A new client, as of a daemon. */
  connect(): Client;
  /** Every master does what the signal is for. */
  signalled(signal: MasterSignal): void;
  /** Ends all workers at once. */
  killAll(): Promise<void>;
  /** Resolves when nothing of the workers that have ended is left. */
  swept(): Promise<void>;
}

/** Opens it; nothing runs in it yet. Called once in a process. */
export function openForeground(options: HouseOptions): Foreground {
  const masters = new MastersHere(options);
  const registry = new Registry({ read: () => [], write: () => undefined }, masters, {
    changed: (status) => server.apps.changed(status),
    removed: (name) => server.apps.removed(name),
    measured: (figures) => server.apps.measured(figures),
  });
  const nowhere = { home: '', daemonLog: '' };
  const server = new ControlServer(registry, nowhere, NO_SNAPSHOTS, Promise.resolve(), () => undefined);
  const greeting = { protocol: PROTOCOL, version: VERSION, pid: process.pid };
  return {
    connect: () =>
      clientOn(
        greeting,
        lineTo(server.service(), () => undefined),
      ),
    signalled: (signal) => masters.signalled(signal),
    killAll: () => masters.killAll(),
    swept: () => masters.swept(),
  };
}

function refuseSnapshot(): never {
  throw new ZdmError('BAD_REQUEST', 'Without a daemon nothing is saved.');
}
