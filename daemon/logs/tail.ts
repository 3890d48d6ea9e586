// The end of a log file without reading the file, and what is written to it later.
import { open, stat, type FileHandle } from 'node:fs/promises';

const BLOCK = 64 * 1024;
/** As far back as a tail looks, and as much as one poll takes (bytes). */
const REACH = 4 * 1024 * 1024;

export class FileTail {
  private readonly file: string;
  private position = 0;
  private inode = 0;
  /** The beginning of a line whose end has not been written yet. */
  private rest = Buffer.alloc(0);

  constructor(file: string) {
    this.file = file;
  }

  /** The last `count` complete lines; following starts behind them. A file that is not there has none. */
  async last(count: number): Promise<string[]> {
    return this.withFile(async (file, size) => {
      let from = size;
      let data = Buffer.alloc(0);
      while (from > 0 && size - from < REACH && lineCount(data) <= count) {
        const length = Math.min(BLOCK, from);
        from -= length;
        data = Buffer.concat([await readAt(file, from, length), data]);
      }
      const end = data.lastIndexOf(10) + 1;
      this.position = from + end;
      this.rest = Buffer.alloc(0);
      const lines = linesIn(data.subarray(0, end));
      // Reading began somewhere in the middle of the first one.
      if (from > 0) lines.shift();
      return count === 0 ? [] : lines.slice(-count);
    });
  }

  /** Complete lines written since; from the start of the file when it was truncated or replaced (rotation). */
  async poll(): Promise<string[]> {
    return this.withFile(async (file, size, inode) => {
      if (inode !== this.inode || size < this.position) {
        this.position = 0;
        this.rest = Buffer.alloc(0);
      }
      const read = await readAt(file, this.position, Math.min(REACH, size - this.position));
      this.position += read.length;
      const data = Buffer.concat([this.rest, read]);
      const end = data.lastIndexOf(10) + 1;
      this.rest = Buffer.from(data.subarray(end));
      return linesIn(data.subarray(0, end));
    });
  }

  private async withFile(
    read: (file: FileHandle, size: number, inode: number) => Promise<string[]>,
  ): Promise<string[]> {
    try {
      const seen = await stat(this.file);
      if (this.inode === seen.ino && seen.size === this.position) return [];
      const file = await open(this.file);
      try {
        // Not what was seen before: another file may have taken its place meanwhile.
        const { size, ino } = await file.stat();
        const lines = await read(file, size, ino);
        this.inode = ino;
        return lines;
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}

/** The lines of a text that ends with a line's end, or is empty. */
function linesIn(data: Buffer): string[] {
  return data.toString().split('\n').slice(0, -1);
}

function lineCount(data: Buffer): number {
  let count = 0;
  for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) count += 1;
  return count;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
