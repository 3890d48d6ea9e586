// PURE: when apps in the foreground are over, and what the exit code says then.
import { constants } from 'node:os';
import type { AppStatus } from '../../daemon/protocol/model.ts';

/**
 * The exit code when nothing runs any more and nothing will by itself, null before: that of the first app whose last worker did
 * not end well, 128 and the number where a signal ended it, 1 where it was not its end that was wrong.
 */
export function endOf(apps: readonly AppStatus[]): number | null {
  if (apps.length === 0 || !apps.every(isOver)) return null;
  return apps.map(codeOf).find((code) => code !== 0) ?? 0;
}

/** One that has only just been named is stopped, too. */
function isOver({ state, workers, operations }: AppStatus): boolean {
  const down = state === 'errored' || state === 'stopped';
  return down && workers.length === 0 && operations.some(({ endedAt }) => endedAt !== null);
}

function codeOf({ lastExit, state }: AppStatus): number {
  if (state === 'stopped') return 0;
  if (lastExit === null) return 1;
  const { code, signal } = lastExit;
  return code ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}
