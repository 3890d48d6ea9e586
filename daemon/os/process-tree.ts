// Which processes come from a worker: its children and theirs, also when a parent in between has ended, which makes them
// children of pid 1. What still tells then: on Linux the variable that they inherited; the session of a worker that leads one.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { MARK_VARIABLE } from '../protocol/worker-link.ts';
import type { ProcessIdentity } from './process-identity.ts';

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

/** As many processes are read in one turn of the event loop: a few ms. */
const AT_ONCE = 100;

/** All living processes; marks only of those that started no earlier than `since` (a `start`, on Linux). */
export function processTable(since = '0'): Promise<ProcessEntry[]> {
  return process.platform === 'linux' ? tableOnLinux(Number(since)) : tableByPs();
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

async function tableOnLinux(since: number): Promise<ProcessEntry[]> {
  const entries: ProcessEntry[] = [];
  let read = 0;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const entry = entryOnLinux(pid, since);
    if (entry) entries.push(entry);
    // 25 µs for each; read asynchronously it is four times that (seen on Node 20.20).
    read += 1;
    if (read % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return entries;
}

/** The name in field 2 of /proc/<pid>/stat may hold spaces and brackets. A zombie holds nothing any more. */
function entryOnLinux(pid: string, since: number): ProcessEntry | null {
  const stat = textOf(`/proc/${pid}/stat`);
  const end = stat.lastIndexOf(')');
  const [state, parent, , session, ...rest] = stat.slice(end + 2).split(' ');
  const start = rest[15];
  if (state === 'Z' || state === 'X' || start === undefined) return null;
  const mark = Number(start) >= since ? markIn(textOf(`/proc/${pid}/environ`)) : null;
  const name = stat.slice(stat.indexOf('(') + 1, end);
  return { pid: Number(pid), start, parent: Number(parent), session: Number(session), name, mark };
}

/** Empty for a process that has just ended, and for what another user's does not tell. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
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
