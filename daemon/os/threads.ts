// The threads on which libuv reads and writes files.
import { stat } from 'node:fs/promises';

/**
 * Has them started now. Else the first use would, perhaps at a moment when no more processes are allowed: libuv then ends the
 * process without a word (abort; seen on Node 24.21).
 */
export async function startThreads(): Promise<void> {
  await stat('/');
}
