// A disk of its own for a test, small enough to be filled. Linux, and only for a user who may mount one.
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export interface SmallDisk {
  readonly folder: string;
  /** Writes a file until nothing more fits. */
  fill(): void;
  /** Deletes that file. */
  free(): void;
  /** For whatever is opened from now on. */
  readOnly(): void;
  writable(): void;
}

/** Whether this user may mount. */
export const canMount = process.platform === 'linux' && mayMount();

/** A disk of one MiB. Make it before the sandbox that uses it: it has to go last. */
export function smallDisk(): SmallDisk {
  const folder = mkdtempSync('/tmp/zdm-disk-');
  mount(folder);
  onTestFinished(() => unmount(folder));
  const filler = path.join(folder, 'filler');
  return {
    folder,
    fill() {
      for (const size of [65_536, 1]) fillWith(filler, size);
    },
    free: () => rmSync(filler),
    readOnly() {
      // Another mount over the first, which cannot be made read-only while files are open for writing.
      execFileSync('mount', ['--bind', folder, folder]);
      execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
    },
    // What was opened meanwhile, a FIFO for one, stays open.
    writable: () => void execFileSync('umount', ['--lazy', folder]),
  };
}

function fillWith(file: string, size: number): void {
  const data = Buffer.alloc(size);
  try {
    for (;;) appendFileSync(file, data);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

function mount(folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'zdm-test', folder], { stdio: 'ignore' });
}

function unmount(folder: string): void {
  // A second one, when the test has failed while it was read-only.
  for (const _ of [1, 2]) spawnSync('umount', ['--lazy', folder]);
  rmdirSync(folder);
}

function mayMount(): boolean {
  const folder = mkdtempSync('/tmp/zdm-disk-');
  try {
    mount(folder);
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}
