// Is that process still the one that was meant? A pid alone may have been given to another one since.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Names one process for as long as the machine is up. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: string;
}

/** The identity of a living process, or null when there is none (a zombie is none: it holds nothing any more). */
export function identityOf(pid: number): ProcessIdentity | null {
  const start = process.platform === 'linux' ? startOnLinux(pid) : ps(pid, 'lstart');
  return start === null ? null : { pid, start };
}

/** Whether exactly this process still lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.start === identity.start;
}

/** Whether somebody has stopped it (SIGSTOP), so that it does nothing until SIGCONT. */
export function isStopped(pid: number): boolean {
  const state = process.platform === 'linux' ? fieldsOnLinux(pid)?.[0] : ps(pid, 'state');
  return /^[Tt]/.test(state ?? '');
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot. */
function startOnLinux(pid: number): string | null {
  const fields = fieldsOnLinux(pid);
  return !fields || fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

/** From field 3, the state, on; the name in field 2 may hold spaces and brackets. */
function fieldsOnLinux(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function ps(pid: number, column: string): string | null {
  try {
    return (
      execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || null
    );
  } catch {
    return null;
  }
}
