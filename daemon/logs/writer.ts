// Workers' output to one place, line by line, so that lines of several workers never mix. When the disk (or whoever reads
// our stdout) is slower than the workers they are slowed down, instead of the master growing.
import type { Readable, Writable } from 'node:stream';
import { LogFile } from './log-file.ts';

/** A line longer than this (bytes) is written in pieces. */
const LINE_LIMIT = 64 * 1024;
const NEWLINE = Buffer.from('\n');

/** What stands in the output for a line. */
export type Dress = (line: Buffer) => Buffer;

export class LogWriter {
  private readonly stream: Writable;
  private readonly paused = new Set<Readable>();

  /** The sources go on when the stream fails; what they print meanwhile is lost. */
  constructor(stream: Writable, failed: (error: Error) => void) {
    this.stream = stream;
    stream.on('drain', () => this.resume());
    stream.on('error', (error) => {
      failed(error);
      this.resume();
    });
  }

  /** Copies `source` until it ends; `onLine` gets each line as text. */
  capture(source: Readable, onLine: (line: string) => void, dress: Dress = withNewline): void {
    let rest = Buffer.alloc(0);
    const emit = (line: Buffer): void => {
      onLine(line.toString());
      this.write(dress(line), source);
    };
    /** Emits pieces until what is left is short enough to wait for its end, or to be the end. */
    const shorten = (line: Buffer): Buffer => {
      let left = line;
      while (left.length > LINE_LIMIT) {
        const end = pieceEnd(left);
        emit(left.subarray(0, end));
        left = left.subarray(end);
      }
      return left;
    };
    source.on('data', (chunk: Buffer) => {
      let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
        emit(shorten(data.subarray(0, end)));
        data = data.subarray(end + 1);
      }
      rest = Buffer.from(shorten(data));
    });
    source.on('error', () => undefined);
    source.once('close', () => {
      this.paused.delete(source);
      if (rest.length > 0) emit(rest);
    });
  }

  /** Resolves when everything is in the file. What a source prints after this is lost, and holds nobody up. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.stream.end(() => {
        // An ending stream does not say that it has drained.
        this.resume();
        resolve();
      });
    });
  }

  private write(data: Buffer, source: Readable): void {
    if (this.stream.writableEnded || this.stream.write(data) || this.stream.destroyed) return;
    source.pause();
    this.paused.add(source);
  }

  private resume(): void {
    for (const source of this.paused) source.resume();
    this.paused.clear();
  }
}

/** A writer to the end of a file, whose folder is made. */
export function openLog(file: string): LogWriter {
  return new LogWriter(new LogFile(file), () => undefined);
}

function withNewline(line: Buffer): Buffer {
  return Buffer.concat([line, NEWLINE]);
}

/** Where a piece of a long line ends: not in the middle of a character, if it is text. */
function pieceEnd(data: Buffer): number {
  const ends = [0, 1, 2, 3].map((back) => LINE_LIMIT - back);
  return ends.find((end) => ((data[end] ?? 0) & 0xc0) !== 0x80) ?? LINE_LIMIT;
}
