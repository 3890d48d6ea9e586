// A group of processes that may have only so much memory more.
import { groupRoot, makeGroup } from './control-group.ts';

// Of version 1 and 2 of control groups: what limits, and what is in use.
const FILES = [
  ['memory.limit_in_bytes', 'memory.usage_in_bytes'],
  ['memory.max', 'memory.current'],
] as const;
const found = FILES.map(([most, used]) => ({ most, used, root: groupRoot('memory', most) })).find(({ root }) => root);

/** Whether this user may make such groups. Linux only. */
export const canLimitMemory = found !== undefined;

/** A group that has no limit yet. Make it before the sandbox. */
export function memoryLimit(): { put(pid: number): void; leave(bytes: number): void } {
  const { most, used, root } = found!;
  const group = makeGroup(root!);
  return {
    put: (pid) => group.put(pid),
    leave: (bytes) => group.write(most, String(Number(group.read(used)) + Math.round(bytes))),
  };
}
