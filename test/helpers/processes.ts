// Which processes belong to a zdm home: found by their environment, so that nothing can hide by leaving a list.
import { readFileSync, readdirSync } from 'node:fs';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Living processes (no zombies) that were started with this ZDM_HOME. Linux only; elsewhere always empty. */
export function processesOfHome(home: string): FoundProcess[] {
  return processesWith('ZDM_HOME', home);
}

/** Living processes that were started with this variable in their environment. Linux only; elsewhere always empty. */
export function processesWith(variable: string, value: string): FoundProcess[] {
  if (process.platform !== 'linux') return [];
  const mark = `${variable}=${value}\0`;
  const found: FoundProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    // The environment of a zombie reads as empty, so it is left out by itself.
    if (!`\0${readProc(pid, 'environ')}`.includes(`\0${mark}`)) continue;
    found.push({ pid, command: readProc(pid, 'cmdline').replaceAll('\0', ' ').trim() });
  }
  return found;
}

/** Whether this process is there and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const stat = process.platform === 'linux' ? readProc(pid, 'stat') : '';
  return stat === '' ? process.platform !== 'linux' : !/\) [ZX] /.test(stat);
}

/** Sends SIGKILL; a process that has gone already is fine. */
export function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** The pids of the children of a process, without their children. Linux only. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
