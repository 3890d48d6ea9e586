// What the app prints goes into a FIFO whose other end the master reads. Node's own stream for it would queue in memory what the FIFO
// does not take, and lose that at process.exit() (482,485 of 500,000 lines, seen on Node 20.20). So it is written at once, as node does
// with files; but nobody waits for a reader that is not there.
import { fstatSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { holdNonBlocking } from '../../channel/pipes.ts';
import { isLinked } from './link.ts';

/** A reader that takes nothing for this time (ms) is not waited for any more, until it takes something. */
const PATIENCE = 1_000;
/** A full FIFO is tried again after this time (ms): by a process that waits, and by one that does not. */
const LOOK_SOON = 1;
const LOOK_LATER = 50;
/** What has piled up while no reader was there (bytes) is written bit by bit, and not waited for in one turn. */
const MOST_WAITED_FOR = 256 * 1024;
/** What is kept meanwhile (bytes); beyond it the oldest is dropped. */
const MOST = 16 * 1024 * 1024;

/** One of the two streams. */
class Output extends Writable {
  readonly fd: number;
  /** For libraries that look what kind of stream it is. */
  readonly _type = 'pipe';
  private kept: Buffer[] = [];
  private size = 0;
  /** Bytes that were dropped since it was last said. */
  private dropped = 0;
  private timer: NodeJS.Timeout | undefined;
  private isStuck = false;
  /** The first that is kept is the rest of what is partly out. */
  private isTorn = false;

  constructor(fd: number) {
    super({ decodeStrings: true, autoDestroy: false, emitClose: false });
    this.fd = fd;
    process.on('exit', () => this.last());
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.keep(chunk);
    this.flush(!this.isStuck && isLinked() && this.size <= MOST_WAITED_FOR);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
  }

  private keep(chunk: Buffer): void {
    this.kept.push(chunk);
    this.size += chunk.length;
    // Of a line that is half out the rest follows.
    const oldest = this.isTorn ? 1 : 0;
    while (this.size > MOST && this.kept.length > oldest + 1) {
      const [gone] = this.kept.splice(oldest, 1);
      this.size -= gone!.length;
      this.dropped += gone!.length;
    }
  }

  /** Writes what is kept; a reader that makes progress is waited for when `waits` is set. */
  private flush(waits: boolean): void {
    let until = performance.now() + PATIENCE;
    let progress = false;
    while (this.kept.length > 0) {
      if (this.writeSome()) {
        progress = true;
        until = performance.now() + PATIENCE;
        continue;
      }
      if (!waits || performance.now() > until) return this.later(waits, progress ? LOOK_SOON : LOOK_LATER);
      pause();
    }
    this.isStuck = false;
    this.sayDropped();
  }

  /** False when the FIFO is full. */
  private writeSome(): boolean {
    const [first] = this.kept;
    try {
      const written = writeSync(this.fd, first!);
      this.size -= written;
      this.isTorn = written < first!.length;
      if (this.isTorn) this.kept[0] = first!.subarray(written);
      else this.kept.shift();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      // Nobody will ever read it.
      this.kept = [];
      this.size = 0;
      return true;
    }
  }

  private later(hasWaited: boolean, after: number): void {
    this.isStuck ||= hasWaited;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flush(false);
    }, after).unref();
  }

  private sayDropped(): void {
    if (this.dropped === 0) return;
    const text = `[zdm: ${this.dropped} bytes of output are missing here: nobody read them]\n`;
    this.dropped = 0;
    this.keep(Buffer.from(text));
    this.flush(false);
  }

  private last(): void {
    if (this.kept.length > 0) this.flush(isLinked());
  }
}

/** Puts them in the place of node's own, where stdout and stderr are FIFOs; made when they are first asked for. */
export function writeAtOnce(): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    if (!isFifo(fd)) continue;
    // Also for libraries that write to the descriptor themselves: they know how to go on after EAGAIN, as with node's own stream.
    holdNonBlocking(fd);
    let output: Output | undefined;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => (output ??= new Output(fd)),
    });
  }
}

function isFifo(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false;
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_SOON);
}
