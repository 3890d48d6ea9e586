// The connections that old workers still have after their slot was taken over.
import { plural } from '../../daemon/protocol/format.ts';
import type { AppStatus, WorkerStatus } from '../../daemon/protocol/model.ts';
import { counted } from './count.ts';
import { leftText } from './time.ts';

/** `api: 2 old workers drain 12 connections, 24s left`; null when nothing drains. The time is that of the last of them. */
export function drainText({ name, workers }: AppStatus, now: number): string | null {
  const old = workers.filter(isDraining);
  if (old.length === 0) return null;
  const open = old.reduce((sum, { connections }) => sum + connections, 0);
  const who = `${plural(old.length, 'old worker')} ${old.length === 1 ? 'drains' : 'drain'}`;
  const left = lastLeft(old, now);
  return `${name}: ${who} ${counted(open, 'connection')}${left === null ? '' : `, ${left}`}`;
}

/** Whether it is an old worker that waits for its last connections. */
export function isDraining({ stage, connections }: WorkerStatus): boolean {
  return stage === 'draining' && connections > 0;
}

/** `24s left`, until the last of these workers that drain has to go; null when none has a limit. */
export function lastLeft(workers: readonly WorkerStatus[], now: number): string | null {
  const ends = workers.flatMap(({ stage, deadline }) => (stage === 'draining' && deadline !== null ? [deadline] : []));
  return ends.length === 0 ? null : leftText(Math.max(...ends), now);
}
