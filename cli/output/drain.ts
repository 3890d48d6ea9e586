// The connections that old workers still have after their slot was taken over.
import { formatAge, plural } from '../../daemon/protocol/format.ts';
import type { AppStatus, WorkerStatus } from '../../daemon/protocol/model.ts';
import { cleanText } from './clean-text.ts';
import { counted } from './counted.ts';

/** `api: 2 old workers drain 12 connections, 24s left`; undefined when nothing drains. The time is that of the last of them. */
export function drainLine({ name, workers }: AppStatus, now: number): string | undefined {
  const old = workers.filter(isDraining);
  if (old.length === 0) return undefined;
  const open = old.reduce((sum, { connections }) => sum + connections, 0);
  const who = `${plural(old.length, 'old worker')} ${old.length === 1 ? 'drains' : 'drain'}`;
  const ends = old.map(({ deadline }) => deadline).filter((deadline) => deadline !== null);
  const left = ends.length === 0 ? '' : `, ${leftText(Math.max(...ends), now)}`;
  return `${cleanText(name)}: ${who} ${counted(open, 'connection')}${left}`;
}

/** Whether it is an old worker that waits for its last connections. */
export function isDraining({ stage, connections }: WorkerStatus): boolean {
  return stage === 'draining' && connections > 0;
}

/** `24s left`. */
export function leftText(deadline: number, now: number): string {
  return `${formatAge(deadline - now)} left`;
}
