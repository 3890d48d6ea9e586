// Which processes come from a worker: its children and theirs, also when a parent in between has ended, which makes them
// children of pid 1. What still tells then: on Linux the variable that they inherited; the session of a worker that leads one.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ProcessIdentity } from './process-identity.ts';

/** In the environment of each worker, and so of what it starts: whose it is. Whoever takes it out is left alone. */
export const MARK_VARIABLE = 'ZDM_WORKER';

export interface ProcessEntry extends ProcessIdentity {
  readonly parent: number;
  /** Its session on Linux, elsewhere its process group: macOS does not tell sessions. */
  readonly session: number;
  /** As short as the system keeps it. */
  readonly name: string;
  /** The value of MARK_VARIABLE in the environment that it was started with; null without one, and where that is not told. */
  readonly mark: string | null;
}

/** What is known of a worker whose processes are looked for. */
export interface Root {
  /** Null when it has ended: its pid may be another's. */
  readonly pid: number | null;
  /** The session that it leads, if it leads one: no other process gets that number while one is in it. */
  readonly session: number | null;
  readonly mark: string | null;
  /** Those found before. */
  readonly known: readonly ProcessIdentity[];
}

/** All living processes. */
export function processTable(): Promise<ProcessEntry[]> {
  return process.platform === 'linux' ? tableOnLinux() : tableByPs();
}

/** Those that come from `root`, without itself and without this process. */
export function treeOf(table: readonly ProcessEntry[], { pid, session, mark, known }: Root): ProcessEntry[] {
  const found = new Set<number>(pid === null ? [] : [pid]);
  const isKnown = ({ pid: one, start }: ProcessEntry): boolean =>
    known.some((other) => other.pid === one && other.start === start);
  const others = table.filter((one) => one.pid !== process.pid && one.pid !== pid && one.pid !== 1);
  for (const one of others) {
    const belongs = (session !== null && one.session === session) || (mark !== null && one.mark === mark);
    if (belongs || isKnown(one)) found.add(one.pid);
  }
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const one of others) if (found.has(one.parent)) found.add(one.pid);
  }
  return others.filter((one) => found.has(one.pid));
}

const SHELLS = /^-?(ba|da|a|k|z)?sh$/;
const RUNNERS = /^(npm|npx|pnpm|yarn)\b/;

/**
 * What a signal for `pid` has to reach besides it. A shell passes none on: it ends at SIGTERM and leaves behind what it runs,
 * and at SIGINT it waits for that, which knows of nothing; npm tells no other than its shell (seen with dash, bash 5.2, npm 11.19).
 */
export function behindShells(table: readonly ProcessEntry[], pid: number): ProcessEntry[] {
  const name = table.find((one) => one.pid === pid)?.name ?? '';
  const isShell = SHELLS.test(name);
  if (!isShell && !RUNNERS.test(name)) return [];
  return table
    .filter(({ parent }) => parent === pid)
    .flatMap((child) => [...(isShell ? [child] : []), ...behindShells(table, child.pid)]);
}

async function tableOnLinux(): Promise<ProcessEntry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const entries: ProcessEntry[] = [];
  // One after the other (0.1 ms each): all at once would need a descriptor for each.
  for (const pid of pids) {
    const entry = await entryOnLinux(pid);
    if (entry) entries.push(entry);
  }
  return entries;
}

/** The name in field 2 of /proc/<pid>/stat may hold spaces and brackets. A zombie holds nothing any more. */
async function entryOnLinux(pid: string): Promise<ProcessEntry | null> {
  try {
    const [stat, environ] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      // That of another user is not told.
      readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
    ]);
    const end = stat.lastIndexOf(')');
    const [state, parent, , session, ...rest] = stat.slice(end + 2).split(' ');
    const start = rest[15];
    if (state === 'Z' || state === 'X' || start === undefined) return null;
    const name = stat.slice(stat.indexOf('(') + 1, end);
    return { pid: Number(pid), start, parent: Number(parent), session: Number(session), name, mark: markIn(environ) };
  } catch {
    return null;
  }
}

function markIn(environ: string): string | null {
  const begin = `${MARK_VARIABLE}=`;
  const line = environ.split('\0').find((one) => one.startsWith(begin));
  return line === undefined ? null : line.slice(begin.length);
}

async function tableByPs(): Promise<ProcessEntry[]> {
  const columns = ['-o', 'pid=', '-o', 'ppid=', '-o', 'pgid=', '-o', 'stat=', '-o', 'lstart=', '-o', 'comm='];
  const { stdout } = await promisify(execFile)('ps', ['-ax', ...columns], { env: { LC_ALL: 'C' } });
  return stdout.split('\n').flatMap((line) => {
    // `lstart` is five words: Sun Nov 22 11:42:22 2026.
    const words = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+((?:\S+\s+){4}\d+)\s+(.*)$/.exec(line);
    if (!words || words[4]!.startsWith('Z')) return [];
    const [, pid, parent, session, , start, command] = words;
    const name = command!.slice(command!.lastIndexOf('/') + 1);
    return [{ pid: Number(pid), start: start!, parent: Number(parent), session: Number(session), name, mark: null }];
  });
}
