// The end of a log file, which may be gone, or on a full disk, at any time: what cannot be written is dropped and counted, the file
// is tried again once a second, and says what is missing. A stream that never fails and never waits for a cause to end.
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { Trouble } from '../os/trouble.ts';
import { messageOf } from '../protocol/errors.ts';

/** The file is looked at, or tried again, this often (ms) while there is something to write. */
const LOOK_EVERY = 1_000;
const NEWLINE = 10;

export class LogFile extends Writable {
  private readonly file: string;
  private readonly trouble: Trouble;
  private handle: FileHandle | null = null;
  private lookAt = 0;
  private reason = '';
  /** Lines that are missing. */
  private lost = 0;
  /** What is in the file ends in the middle of a line. */
  private torn = false;

  constructor(file: string) {
    super();
    this.file = file;
    this.trouble = new Trouble('log file', { file });
  }

  /** The file is there before the first line: people follow it. */
  override _construct(done: () => void): void {
    void this.begin(done);
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    void this.put(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    void this.put(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    void this.close(done);
  }

  private async begin(done: () => void): Promise<void> {
    await this.look();
    done();
  }

  private async put(lines: Buffer, done: () => void): Promise<void> {
    if (performance.now() >= this.lookAt) await this.look();
    if (this.handle) await this.append(lines);
    else this.lost += lineCount(lines);
    done();
  }

  /** Opens the file when it is not open, or when another one (rotation) or none is in its place. */
  private async look(): Promise<void> {
    this.lookAt = performance.now() + LOOK_EVERY;
    try {
      if (this.handle && !(await isAt(this.file, this.handle))) await this.close();
      this.handle ??= await openEnd(this.file);
    } catch (error) {
      return this.failed(error);
    }
    if (this.lost === 0) return;
    const { lost, torn } = this;
    const notice = `${torn ? '\n' : ''}zdm: ${lost} lines are missing here: ${this.reason}\n`;
    if (!(await this.append(Buffer.from(notice)))) return void (this.lost = lost);
    this.lost = 0;
    this.trouble.over({ lost });
  }

  /** True when all of it is written. */
  private async append(lines: Buffer): Promise<boolean> {
    let at = 0;
    try {
      // A disk that is nearly full takes the beginning.
      while (at < lines.length) at += (await this.handle!.write(lines, at)).bytesWritten;
    } catch (error) {
      this.lost += lineCount(lines.subarray(at));
      await this.failed(error);
    }
    if (at > 0) this.torn = lines[at - 1] !== NEWLINE;
    return at === lines.length;
  }

  private async failed(error: unknown): Promise<void> {
    this.reason = messageOf(error);
    this.trouble.met(error);
    await this.close();
  }

  private async close(done?: () => void): Promise<void> {
    const { handle } = this;
    this.handle = null;
    // Closing may tell what writing did not (a full quota, a network disk); nothing can be done about it any more.
    await handle?.close().catch(() => undefined);
    done?.();
  }
}

async function openEnd(file: string): Promise<FileHandle> {
  await mkdir(dirname(file), { recursive: true });
  return open(file, 'a');
}

async function isAt(file: string, handle: FileHandle): Promise<boolean> {
  try {
    const [there, ours] = await Promise.all([stat(file), handle.stat()]);
    return there.ino === ours.ino && there.dev === ours.dev;
  } catch {
    return false;
  }
}

function lineCount(lines: Buffer): number {
  let count = 0;
  for (const byte of lines) if (byte === NEWLINE) count += 1;
  return count;
}
