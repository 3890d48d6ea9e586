// A list of apps that could not be written: what is not on disk is not done.
import { logEvent } from '../os/log.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';

/** For whoever waits for an answer. */
export function notWritten(cause: unknown): ZdmError {
  const why = `The app list could not be written: ${messageOf(cause)}`;
  return new ZdmError('DAEMON_FAILED', why, 'Nothing was changed. Can the disk be written, and is there room?', {
    cause,
  });
}

/** Writes; where nobody waits for an answer the log is told. */
export function orSay(write: () => void): void {
  try {
    write();
  } catch (error) {
    logEvent('app list not written', { error: messageOf(error) });
  }
}
