// What a master that was killed leaves behind. Up to 0.1.0 an app had a master of its own, whose workers ended with it: those that are
// blocked and do not notice, and fork-mode processes, were in a list. Now they go on, and stand in the app's journal.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity } from './process-identity.ts';

/** A process of an app; `group`: it leads a process group of its own. */
interface Worker extends ProcessIdentity {
  readonly group: boolean;
}

interface Listed {
  readonly master: ProcessIdentity | null;
  readonly workers: readonly Worker[];
}

const LIST = /^workers-\d+\.json$/;

/** Whether any worker in the journal lives. */
export function hasLivingWorkers(journal: string): boolean {
  return workersIn(journal).some(isAlive);
}

/** The processes in the journal of an app. */
export function workersIn(journal: string): ProcessIdentity[] {
  try {
    const { workers } = JSON.parse(readFileSync(journal, 'utf8')) as { workers?: ProcessIdentity[] };
    return Array.isArray(workers) ? workers : [];
  } catch {
    return [];
  }
}

/** Kills the processes in the journal, and exactly those; their pids. */
export function endWorkersIn(journal: string): number[] {
  return workersIn(journal)
    .filter(isAlive)
    .map(({ pid }) => (kill(pid), pid));
}

/** The pid of a living master (of 0.1.0) of the app, whether it can be reached or not. `folder` is the app's. */
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
