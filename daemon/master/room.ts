// PURE: how many more workers there is memory for.
import { formatBytes } from '../protocol/format.ts';
import type { MemoryRoom } from '../os/memory-room.ts';
import type { Request } from '../rollout/types.ts';

/** What has to stay free: the share of a worker's memory that it needs beside what was seen of it. */
const MARGIN = 0.1;

/**
 * How many more workers fit, from what each has by now (bytes; empty when nothing was measured); null when nobody can tell.
 * The largest counts: the next one will come to that, too.
 */
export function roomFor(workers: readonly number[], room: MemoryRoom | null): Request['room'] {
  const each = Math.max(0, ...workers);
  if (room === null || each === 0) return null;
  const fits = Math.floor(room.free / (each * (1 + MARGIN)));
  const where = room.of === 'cgroup' ? 'its cgroup' : 'the machine';
  return { workers: fits, figures: `a worker has ${formatBytes(each)}, ${where} has ${formatBytes(room.free)} left` };
}
