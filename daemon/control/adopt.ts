// What a new daemon does about the apps of the one before it.
import { logEvent } from '../os/log.ts';
import { messageOf } from '../protocol/errors.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import type { AppHandle } from './app-handle.ts';

/** What is done about an app whose end was asked for. */
interface Endings {
  /** Asks its master to end. */
  end(kind: 'stop' | 'delete'): Promise<unknown>;
  /** It has no master: forgets it, if that was asked for. */
  forget(): void;
}

/** Finds its master, and sees to it that what was last said of the app becomes so: the daemon may have died right after it was stored. */
export async function catchUp(app: AppHandle, { end, forget }: Endings): Promise<void> {
  const found = await app.adopt();
  if (found) logEvent('adopted', { app: app.name });
  // A master that was launched but never told what to do is told now.
  if (app.record.up && (!found || app.status.state === 'stopped')) return app.bringBack();
  if (app.record.up || app.status.state === 'stopping') return;
  if (!found) return forget();
  end(app.deleted ? 'delete' : 'stop').catch((error: unknown) => {
    logEvent('app cannot be stopped', { app: app.name, error: messageOf(error) });
  });
}

type Numbered = Pick<AppRecord, 'id'>;

/** The number after the highest. */
export function freeId(apps: readonly Numbered[]): number {
  return Math.max(-1, ...apps.map(({ id }) => id)) + 1;
}

/** An app that the list did not have, with its own number if that is free. */
export function withFreeId(record: AppRecord, apps: readonly Numbered[]): AppRecord {
  return apps.some(({ id }) => id === record.id) ? { ...record, id: freeId(apps) } : record;
}
