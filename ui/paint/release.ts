// The code that an app runs, and the one that it could go back to.
import { formatAge } from '../../daemon/protocol/format.ts';
import type { AppStatus, ReleaseInfo, WorkerStatus } from '../../daemon/protocol/model.ts';
import { bringsCode, runningOperation } from './operation.ts';
import { dateTime } from './time.ts';

/** Until the release before is no more than files on disk (ms); null when its workers do not wait. */
export function warmLeft({ previous }: AppStatus, now: number): number | null {
  const until = previous?.warmUntil ?? null;
  return until !== null && until > now ? until - now : null;
}

/** `generation 1 stays warm for 24s`; null when it does not. */
export function warmText(app: AppStatus, now: number): string | null {
  const left = warmLeft(app, now);
  return left === null || app.previous === null
    ? null
    : `generation ${app.previous.generation} stays warm for ${formatAge(left + 999)}`;
}

/** In standby there are new workers, which wait for being let in, and old ones, which are kept for the way back. */
export function isWarm(app: AppStatus, { stage, generation }: WorkerStatus): boolean {
  if (stage !== 'standby') return false;
  const operation = runningOperation(app);
  // What a dry run has started is no old worker, whatever the number of its code.
  if (operation?.kind === 'rehearse' && generation === operation.to) return false;
  if (operation === null || !bringsCode(operation.kind)) return generation !== app.generation;
  return generation !== (operation.returning === null ? operation.to : operation.from);
}

/** `generation 17, /srv/releases/42/server.js, since 2026-11-18 08:01:22 (3d4h)`. */
export function releaseText({ generation, script, startedAt }: ReleaseInfo, now: number): string {
  return `generation ${generation}, ${script}, since ${dateTime(startedAt)} (${formatAge(now - startedAt)})`;
}

/** The same of the one before, with how one would get back to it; null when there is none. */
export function previousText(app: AppStatus, now: number): string | null {
  if (app.previous === null) return null;
  const { generation, script, startedAt } = app.previous;
  const left = warmLeft(app, now);
  const warm = left === null ? '' : `, warm for ${formatAge(left + 999)}`;
  return `generation ${generation}, ${script}, begun ${dateTime(startedAt)}${warm}`;
}
