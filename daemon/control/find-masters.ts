// Apps that run although the list does not have them: the list was damaged, or taken away. What their masters were told is all that
// is left of it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askOnce } from '../os/ask-once.ts';
import { logEvent } from '../os/log.ts';
import { hasLivingWorkers } from '../os/leftovers.ts';
import { isNobody } from '../os/unix-socket.ts';
import { messageOf } from '../protocol/errors.ts';
import type { AppSpec } from '../protocol/model.ts';
import type { Layout } from '../protocol/layout.ts';
import type { Description } from '../protocol/master-contract.ts';
import { completeSpec } from '../protocol/older.ts';
import { type AppRecord, isWhole } from '../store/stored-apps.ts';
import { isSpec } from './validate.ts';

/** A living master answers within this time (ms). */
const ANSWER_WITHIN = 2_000;

/** The apps of all living masters of 0.1.0, which had one for each, without the `known` ones. */
export async function findOldMasters(layout: Layout, known: ReadonlySet<string>): Promise<readonly AppRecord[]> {
  const expected = new Set([...known].map((app) => layout.oldMasterSocket(app)));
  const sockets = appFolders(layout).map((folder) => join(folder, 'master.sock'));
  const strange = sockets.filter((socket) => !expected.has(socket));
  const found = await Promise.all(
    strange.map(async (socket) => {
      const record = await recordAt(socket);
      // Else it is a folder that was copied or renamed: the daemon would look for this app's master elsewhere.
      return record !== null && layout.oldMasterSocket(record.spec.name) === socket ? [record] : [];
    }),
  );
  for (const { spec } of found.flat()) logEvent('the list did not have this app', { app: spec.name });
  return found.flat();
}

function appFolders({ runtime }: Layout): string[] {
  const folder = join(runtime, 'apps');
  return namesIn(folder).map((name) => join(folder, name));
}

/** Null when nobody answers there, or whoever does is about to end. */
async function recordAt(socket: string): Promise<AppRecord | null> {
  try {
    const told = await askOnce(socket, (peer) => peer.call('description', {}, ANSWER_WITHIN), ANSWER_WITHIN);
    const record = recordOf(told as Description);
    if (record) return record;
    throw new Error('What it says of its app is not complete.');
  } catch (error) {
    if (!isNobody(error)) logEvent('master cannot be taken up', { socket, error: messageOf(error) });
    return null;
  }
}

/** The apps whose master has gone, and whose workers live on, as their journals say; without the `known` ones. */
export function findOrphans({ home, journal }: Layout, known: ReadonlySet<string>): AppRecord[] {
  const names = namesIn(join(home, 'apps')).filter((name) => !known.has(name) && hasLivingWorkers(journal(name)));
  return names.flatMap((name) => {
    try {
      const { latest, machine } = JSON.parse(readFileSync(journal(name), 'utf8')) as {
        latest: AppSpec;
        machine: { up: boolean; instances: number };
      };
      const spec = { ...latest, instances: machine.instances };
      return recordOf({ id: 0, spec, up: machine.up, deleted: false }) ?? [];
    } catch {
      return [];
    }
  });
}

/** What a master says of an app, as it stands in the list; null when it cannot. */
export function recordOf(told: Description): AppRecord | null {
  const { spec, ...rest } = told ?? {};
  const record = { ...rest, spec: completeSpec(spec) };
  return isWhole(record, isSpec) ? record : null;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
