// What workers print goes through FIFOs, which outlive the master: a worker holds its own end open for reading, too, so that it never
// writes into nothing, and the next master opens the other end by its path.
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Trouble } from '../../os/trouble.ts';

/** As many pairs are made at a time, and more when as few as LEAST are left: making one takes a process of its own. */
const BATCH = 8;
const LEAST = 4;

/** The two streams of one worker. */
export interface OutputStreams {
  readonly out: Readable;
  readonly err: Readable;
}

/** A pair that is there, and its ends for a worker that is started now. */
export interface FifoPair {
  /** `<path>.out` and `<path>.err`; FROZEN with 0.2.0. */
  readonly path: string;
  readonly ends: readonly [out: number, err: number];
  /** The worker has its own copies. */
  close(): void;
}

export class Fifos {
  private readonly folder: string;
  private readonly ready: string[] = [];
  private readonly trouble: Trouble;
  private isMaking = false;
  private isClosed = false;

  /** `folder` is private to this user. */
  constructor(folder: string) {
    this.folder = folder;
    this.trouble = new Trouble('making FIFOs', { folder });
    this.makeMore();
  }

  /** Null where none can be made: then what the worker prints ends with its master. */
  take(): FifoPair | null {
    try {
      const path = this.ready.shift() ?? this.makeOne();
      if (this.ready.length <= LEAST) this.makeMore();
      const out = openSync(fileOf(path, 'out'), 'r+');
      const err = openSync(fileOf(path, 'err'), 'r+');
      this.trouble.over();
      return {
        path,
        ends: [out, err],
        close: () => {
          closeSync(out);
          closeSync(err);
        },
      };
    } catch (error) {
      this.trouble.met(error);
      return null;
    }
  }

  /** Nothing will be started any more. */
  close(): void {
    this.isClosed = true;
    for (const path of this.ready.splice(0)) removeFifos(path);
  }

  private makeOne(): string {
    const path = this.newPath();
    execFileSync('mkfifo', ['-m', '600', fileOf(path, 'out'), fileOf(path, 'err')], { stdio: 'pipe' });
    return path;
  }

  private makeMore(): void {
    if (this.isMaking || this.isClosed) return;
    this.isMaking = true;
    const paths = Array.from({ length: BATCH }, () => this.newPath());
    const files = paths.flatMap((path) => [fileOf(path, 'out'), fileOf(path, 'err')]);
    execFile('mkfifo', ['-m', '600', ...files], (error) => {
      this.isMaking = false;
      if (error) this.trouble.met(error);
      else this.ready.push(...paths);
      if (this.isClosed) this.close();
    });
  }

  private newPath(): string {
    return join(this.folder, randomBytes(6).toString('hex'));
  }
}

/** The reading ends of a pair. Throws when it is not there. */
export function readFifos(path: string): OutputStreams {
  return { out: read(fileOf(path, 'out')), err: read(fileOf(path, 'err')) };
}

/** Its worker has ended, and all of it was read. Where they cannot be removed, the next master tries again (adoption/sweep.ts). */
export function removeFifos(path: string): void {
  try {
    for (const stream of ['out', 'err'] as const) rmSync(fileOf(path, stream), { force: true });
  } catch {
    // The disk is read-only, for one: what has ended has ended all the same.
  }
}

function fileOf(path: string, stream: 'out' | 'err'): string {
  return `${path}.${stream}`;
}

function read(file: string): Readable {
  // Without waiting for somebody who writes; and the end is seen when nobody does any more.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
