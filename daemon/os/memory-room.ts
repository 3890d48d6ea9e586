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

/** The files of a group, in the words of each version of cgroups. */
interface Hierarchy {
  readonly root: string;
  /** Of a line in /proc/self/cgroup; the first group is the path. */
  readonly line: RegExp;
  readonly most: string;
  readonly used: string;
  readonly cache: RegExp;
}

const HIERARCHIES: readonly Hierarchy[] = [
  {
    root: '/sys/fs/cgroup',
    line: /^0::(\/.*)$/m,
    most: 'memory.max',
    used: 'memory.current',
    cache: /^inactive_file (\d+)$/m,
  },
  {
    root: '/sys/fs/cgroup/memory',
    line: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m,
    most: 'memory.limit_in_bytes',
    used: 'memory.usage_in_bytes',
    cache: /^total_inactive_file (\d+)$/m,
  },
];

/** Of each group on the way up the one that has the least left. Page cache that can be dropped is not in use. */
function ofCgroup(read: Read): number | null {
  const groups = read('/proc/self/cgroup') ?? '';
  const left = HIERARCHIES.flatMap((hierarchy) => {
    const path = hierarchy.line.exec(groups)?.[1];
    return path === undefined ? [] : leftIn(hierarchy, path.split('/').filter(Boolean), read);
  });
  const least = Math.min(...left);
  return Number.isFinite(least) ? Math.max(0, least) : null;
}

function leftIn({ root, most, used, cache }: Hierarchy, parts: readonly string[], read: Read): number[] {
  return Array.from({ length: parts.length + 1 }, (_, count) => {
    const folder = [root, ...parts.slice(0, count)].join('/');
    const bound = Number(read(`${folder}/${most}`) ?? Number.NaN);
    const inUse = Number(read(`${folder}/${used}`) ?? Number.NaN);
    if (!Number.isFinite(bound) || !Number.isFinite(inUse)) return Infinity;
    return bound - inUse + Number(cache.exec(read(`${folder}/memory.stat`) ?? '')?.[1] ?? 0);
  });
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
