// What is said when somebody holds the daemon's socket open, and does not answer.
import { lockHolder } from '../os/lock.ts';
import { isStopped } from '../os/process-identity.ts';
import { ZdmError } from '../protocol/errors.ts';
import type { Layout } from '../protocol/layout.ts';

/** The error for a call that had no answer in time. */
export function silentDaemon({ daemonLock }: Layout, cause: ZdmError): ZdmError {
  const pid = lockHolder(daemonLock);
  if (pid === null) return cause;
  const [what, next] = isStopped(pid)
    ? ['is stopped', `Let it go on: kill -CONT ${pid}`]
    : [`does not answer: ${cause.message}`, `End it, and a new one takes its place: kill -9 ${pid}`];
  return new ZdmError('NO_DAEMON', `The daemon (pid ${pid}) ${what}. Apps keep running.`, next, { cause });
}
