// Control groups of the kernel, for processes that are to have less than they want. Linux only, and for users who may make some.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

export interface ControlGroup {
  /** Its members from now on, with all that they start. */
  put(pid: number): void;
  read(file: string): string;
  write(file: string, value: string): void;
}

/** Where groups can be made that have this file; undefined where they cannot. */
export function groupRoot(controller: string, file: string): string | undefined {
  return [`/sys/fs/cgroup/${controller}`, '/sys/fs/cgroup'].find((root) => isUsable(root, file));
}

let made = 0;

/** A new one, which is removed when the test has ended and its members are gone. Make it before the sandbox. */
export function makeGroup(root: string): ControlGroup {
  const group = `${root}/zdm-test-${process.pid}-${(made += 1)}`;
  mkdirSync(group);
  const read = (file: string): string => readFileSync(`${group}/${file}`, 'utf8');
  const write = (file: string, value: string): void => writeFileSync(`${group}/${file}`, value);
  onTestFinished(() => until(() => read('cgroup.procs') === '').then(() => rmdirSync(group)));
  return { put: (pid) => write('cgroup.procs', String(pid)), read, write };
}

function isUsable(root: string, file: string): boolean {
  const probe = `${root}/zdm-probe-${process.pid}`;
  try {
    mkdirSync(probe);
    const found = existsSync(`${probe}/${file}`);
    rmdirSync(probe);
    return found;
  } catch {
    return false;
  }
}
