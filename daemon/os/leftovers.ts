// What a master that was killed leaves behind: workers that are blocked and do not notice, and fork-mode processes that never
// heard of it. They would keep ports and sockets from their successors.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { logEvent } from './log.ts';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

/** A process of an app; `group`: it leads a process group of its own. */
interface Listed extends ProcessIdentity {
  readonly group: boolean;
}

/** The list of an app's processes on disk, kept by its master. */
export class WorkerList {
  private readonly file: string;
  private readonly known = new Map<number, Listed>();

  constructor(file: string) {
    this.file = file;
  }

  /** These are its processes now. A list that cannot be written is said in the log: only a master that is killed needs it. */
  keep(workers: readonly { readonly pid: number; readonly group: boolean }[]): void {
    const pids = new Set(workers.map(({ pid }) => pid));
    const fresh = workers.filter(({ pid }) => pid > 0 && !this.known.has(pid));
    const gone = [...this.known.keys()].filter((pid) => !pids.has(pid));
    if (fresh.length === 0 && gone.length === 0) return;
    for (const pid of gone) this.known.delete(pid);
    for (const { pid, group } of fresh) {
      const identity = identityOf(pid);
      if (identity) this.known.set(pid, { ...identity, group });
    }
    try {
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
      writeFileSync(`${this.file}.new`, JSON.stringify([...this.known.values()]), { mode: 0o600 });
      renameSync(`${this.file}.new`, this.file);
    } catch (error) {
      logEvent('worker list failed', { file: this.file, error: (error as Error).message });
    }
  }
}

/** What is still alive of the listed processes. */
export function leftovers(file: string): Listed[] {
  return read(file).filter(isAlive);
}

/** Kills what is still alive of the listed processes, and exactly those; their pids. Called when the master is known to be dead. */
export function endLeftovers(file: string): number[] {
  const left = leftovers(file);
  for (const { pid, group } of left) kill(group ? -pid : pid);
  return left.map(({ pid }) => pid);
}

function read(file: string): Listed[] {
  try {
    const listed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(listed) ? (listed as Listed[]) : [];
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
