// A master that does not answer is ended, because nobody else may take its place while it lives.
import { isAlive, type ProcessIdentity } from '../os/process-identity.ts';
import { ZdmError } from '../protocol/errors.ts';
import { pause } from './pause.ts';

/** What is killed is gone within this time (ms), unless it waits for a device. */
const END_LIMIT = 5_000;
const POLL = 10;

/** Also ends one that is stopped (SIGSTOP). Rejects when it cannot be ended: then no other may be started. */
export async function endMaster(owner: ProcessIdentity): Promise<void> {
  try {
    process.kill(owner.pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
  for (const until = performance.now() + END_LIMIT; isAlive(owner); await pause(POLL))
    if (performance.now() > until)
      throw new ZdmError('MASTER_FAILED', `The master (pid ${owner.pid}) does not answer, and cannot be ended.`);
}
