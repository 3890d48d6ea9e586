// PURE: the numbers of apps.
import type { AppRecord } from '../store/stored-apps.ts';

type Numbered = Pick<AppRecord, 'id'>;

/** The number after the highest. */
export function freeId(apps: readonly Numbered[]): number {
  return Math.max(-1, ...apps.map(({ id }) => id)) + 1;
}

/** An app that the list did not have, with its own number if that is free. */
export function withFreeId(record: AppRecord, apps: readonly Numbered[]): AppRecord {
  return apps.some(({ id }) => id === record.id) ? { ...record, id: freeId(apps) } : record;
}
