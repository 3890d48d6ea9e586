// What a master that was killed leaves behind: workers that are blocked and do not notice, and fork-mode processes that never
// heard of it. They would keep ports and sockets from their successors.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';
import { Trouble } from './trouble.ts';

/** A process of an app; `group`: it leads a process group of its own. */
interface Worker extends ProcessIdentity {
  readonly group: boolean;
}

interface Listed {
  readonly master: ProcessIdentity | null;
  readonly workers: readonly Worker[];
}

const LIST = /^workers-\d+\.json$/;

/** The list of a master's processes on disk, in a file of its own: while a master hands over, an app has two. */
export class WorkerList {
  private readonly file: string;
  private readonly master = identityOf(process.pid);
  private readonly known = new Map<number, Worker>();
  private readonly trouble: Trouble;
  private written = false;

  /** `folder` is the app's. */
  constructor(folder: string) {
    this.file = join(folder, `workers-${process.pid}.json`);
    this.trouble = new Trouble('worker list', { file: this.file });
  }

  /**
   * These are its processes now. A list that cannot be written is said in the log, and tried again with the next call: only a
   * master that is killed, or that nobody can reach for a while, needs it.
   */
  keep(workers: readonly Pick<Worker, 'pid' | 'group'>[]): void {
    const pids = new Set(workers.map(({ pid }) => pid));
    const fresh = workers.filter(({ pid }) => pid > 0 && !this.known.has(pid));
    const gone = [...this.known.keys()].filter((pid) => !pids.has(pid));
    if (this.written && fresh.length === 0 && gone.length === 0) return;
    for (const pid of gone) this.known.delete(pid);
    for (const { pid, group } of fresh) {
      const identity = identityOf(pid);
      if (identity) this.known.set(pid, { ...identity, group });
    }
    this.write();
  }

  /** Nothing is left. */
  remove(): void {
    rmSync(this.file, { force: true });
  }

  /** Writes what is known. */
  write(): void {
    const listed: Listed = { master: this.master, workers: [...this.known.values()] };
    try {
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
      writeFileSync(`${this.file}.new`, JSON.stringify(listed), { mode: 0o600 });
      renameSync(`${this.file}.new`, this.file);
      this.written = true;
      this.trouble.over();
    } catch (error) {
      this.written = false;
      this.trouble.met(error);
    }
  }
}

/** The pid of a living master of the app, whether it can be reached or not. `folder` is the app's. */
export function livingMaster(folder: string): number | null {
  const masters = listsIn(folder).map((file) => read(file).master);
  return masters.find((master) => master !== null && isAlive(master))?.pid ?? null;
}

/** Kills what dead masters of the app have left, and exactly that; the pids. `folder` is the app's. */
export function endLeftovers(folder: string): number[] {
  return deadLists(folder).flatMap(({ file, left }) => {
    for (const { pid, group } of left) kill(group ? -pid : pid);
    removeFilesOf(folder, file);
    return left.map(({ pid }) => pid);
  });
}

/** The pids of what dead masters of the app have left. `folder` is the app's. */
export function leftovers(folder: string): number[] {
  return deadLists(folder).flatMap(({ left }) => left.map(({ pid }) => pid));
}

function deadLists(folder: string): { file: string; left: Worker[] }[] {
  const lists = listsIn(folder).map((file) => ({ file, ...read(file) }));
  const dead = lists.filter(({ master }) => !master || !isAlive(master));
  return dead.map(({ file, workers }) => ({ file, left: workers.filter(isAlive) }));
}

/** All that the master of that list has made for itself: their names have its pid. */
function removeFilesOf(folder: string, list: string): void {
  const pid = /-(\d+)\.json$/.exec(list)?.[1];
  for (const name of readdirSync(folder))
    if (new RegExp(`-${pid}\\.(json|cjs)(\\.new)?$`).test(name)) rmSync(join(folder, name), { force: true });
}

function listsIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => LIST.test(name));
    return names.map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function read(file: string): Listed {
  try {
    const { master, workers } = JSON.parse(readFileSync(file, 'utf8')) as Listed;
    return { master, workers: Array.isArray(workers) ? workers : [] };
  } catch {
    return { master: null, workers: [] };
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
