// The status of an app that has no master to tell it.
import type { AppStatus, OperationStatus } from '../protocol/model.ts';
import { redact } from '../protocol/redact.ts';
import type { AppRecord } from '../store/stored-apps.ts';

/** What is known without a master; `last` is what it said last, if anything. */
export function stoppedStatus(record: AppRecord, last: AppStatus | null): AppStatus {
  return {
    id: record.id,
    name: record.spec.name,
    spec: redact(record.spec),
    state: record.up ? 'starting' : 'stopped',
    reason: record.up && last ? 'its master ended unexpectedly; starting a new one' : null,
    retryAt: null,
    masterPid: null,
    masterVersion: null,
    generation: last?.generation ?? 0,
    release: last?.release ?? null,
    previous: last?.previous ? { ...last.previous, warmUntil: null } : null,
    wanted: record.spec.instances,
    up: 0,
    since: Date.now(),
    restarts: last?.restarts ?? 0,
    workers: [],
    listeners: [],
    waiting: 0,
    lastExit: last?.lastExit ?? null,
    operations: (last?.operations ?? []).map(broken),
    events: last?.events ?? [],
  };
}

/** The master took what it was doing with it. */
function broken(operation: OperationStatus): OperationStatus {
  if (operation.endedAt !== null) return operation;
  const failure = { slot: null, reason: 'the master of the app ended in the middle of it', lines: [] };
  return { ...operation, phase: 'failed', endedAt: Date.now(), failure };
}
