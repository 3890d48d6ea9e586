// How much memory more processes can have: what the machine has left, and what the cgroup of this process allows.
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

/** Bytes; null where nobody can tell. */
export interface MemoryRoom {
  readonly free: number;
  /** Who sets the bound. */
  readonly of: 'machine' | 'cgroup';
}

/** Reads a file of the kernel; null when it is not there. */
type Read = (file: string) => string | null;

/** What is left at this moment. Swap counts: it is slow, and better than a refused release. */
export function memoryRoom(read: Read = readText): MemoryRoom | null {
  const machine = ofMachine(read);
  const group = ofCgroup(read);
  if (machine === null || (group !== null && group < machine))
    return group === null ? null : { free: group, of: 'cgroup' };
  return { free: machine, of: 'machine' };
}

function ofMachine(read: Read): number | null {
  const text = read('/proc/meminfo');
  if (text === null) return process.platform === 'darwin' ? null : freemem();
  const value = (name: string): number | null => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text);
    return match ? Number(match[1]) * 1024 : null;
  };
  const available = value('MemAvailable');
  return available === null ? null : available + (value('SwapFree') ?? 0);
}

/** Of each group on the way up (version 2), the one that has the least left. Page cache that can be dropped is not in use. */
function ofCgroup(read: Read): number | null {
  const path = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1];
  if (path === undefined) return null;
  const parts = path.split('/').filter(Boolean);
  const left = Array.from({ length: parts.length + 1 }, (_, count) => {
    const folder = ['/sys/fs/cgroup', ...parts.slice(0, count)].join('/');
    const most = Number(read(`${folder}/memory.max`) ?? Number.NaN);
    const used = Number(read(`${folder}/memory.current`) ?? Number.NaN);
    if (!Number.isFinite(most) || !Number.isFinite(used)) return Infinity;
    const cache = Number(/^inactive_file (\d+)$/m.exec(read(`${folder}/memory.stat`) ?? '')?.[1] ?? 0);
    return most - used + cache;
  });
  const least = Math.min(...left);
  return Number.isFinite(least) ? Math.max(0, least) : null;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
