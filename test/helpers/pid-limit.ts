// A group of processes that may not have more than it has: forks of its members fail with EAGAIN, for root, too.
import { groupRoot, makeGroup } from './control-group.ts';

const root = groupRoot('pids', 'pids.max');

/** Whether this user may make such groups. Linux only. */
export const canLimitPids = root !== undefined;

/** Puts a process into a group without room; the returned function makes room. Make it before the sandbox. */
export function pidLimit(): { put(pid: number): void; lift(): void } {
  const group = makeGroup(root!);
  return {
    put(pid) {
      group.put(pid);
      group.write('pids.max', group.read('pids.current'));
    },
    lift: () => group.write('pids.max', 'max'),
  };
}
