// PURE: what is still to be done for an app to be as it was said.
import type { AppStatus } from '../protocol/model.ts';
import type { AppRecord } from '../store/stored-apps.ts';

/**
 * What was written down and perhaps not done, because the daemon died in between. `forget`: a deletion is complete. Null when
 * everything is as it should be, or nothing is known.
 */
export function unfinished(
  { up, deleted }: AppRecord,
  { state, operations }: Pick<AppStatus, 'state' | 'operations'>,
  hasMaster: boolean,
): 'start' | 'stop' | 'delete' | 'forget' | null {
  if (state === 'unreachable') return null;
  if (!hasMaster) return up ? 'start' : deleted ? 'forget' : null;
  // A master that was launched and never told what to do. An app that has finished is stopped, too.
  if (up) return state === 'stopped' && operations.length === 0 ? 'start' : null;
  if (state === 'stopping') return null;
  return deleted ? 'delete' : 'stop';
}

/**
 * How many workers are wanted, where the master knows better than what is written down: the last change may have failed, or not
 * have been noted. Null while it has anything to do, and when it has stopped the app: what was said since is newer.
 */
export function agreedInstances({ spec, up }: AppRecord, { wanted, operations, masterPid }: AppStatus): number | null {
  const last = operations.at(-1);
  if (!last || last.kind === 'stop' || last.kind === 'delete') return null;
  const idle = masterPid !== null && operations.every(({ endedAt }) => endedAt !== null);
  return up && idle && wanted !== spec.instances ? wanted : null;
}
