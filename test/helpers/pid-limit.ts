// A group of processes that may not have more than it has: forks of its members fail with EAGAIN, for root, too.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

const ROOTS = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'];
const root = ROOTS.find(isUsable);

let made = 0;

/** Whether this user may make such groups. Linux only. */
export const canLimitPids = root !== undefined;

/** Puts a process into a group without room; the returned function makes room. Make it before the sandbox. */
export function pidLimit(): { put(pid: number): void; lift(): void } {
  const group = `${root}/zdm-test-${process.pid}-${(made += 1)}`;
  mkdirSync(group);
  onTestFinished(() => until(() => readFileSync(`${group}/cgroup.procs`, 'utf8') === '').then(() => rmdirSync(group)));
  return {
    put(pid) {
      writeFileSync(`${group}/cgroup.procs`, String(pid));
      writeFileSync(`${group}/pids.max`, readFileSync(`${group}/pids.current`, 'utf8'));
    },
    lift: () => writeFileSync(`${group}/pids.max`, 'max'),
  };
}

function isUsable(folder: string): boolean {
  const probe = `${folder}/zdm-probe-${process.pid}`;
  try {
    mkdirSync(probe);
    const found = existsSync(`${probe}/pids.max`);
    rmdirSync(probe);
    return found;
  } catch {
    return false;
  }
}
