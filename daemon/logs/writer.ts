// Workers' output to files, line by line, so that lines of several workers never mix. When the disk is slower than the
// workers they are slowed down, instead of the master growing.
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';

/** A line longer than this (bytes) is written in pieces. */
const LINE_LIMIT = 64 * 1024;
const NEWLINE = Buffer.from('\n');

export class LogWriter {
  readonly file: string;
  private stream: WriteStream;
  private readonly paused = new Set<Readable>();
  private readonly failed: (error: Error) => void;

  constructor(file: string, failed: (error: Error) => void) {
    this.file = file;
    this.failed = failed;
    this.stream = this.open();
  }

  /** Copies `source` until it ends; `onLine` gets each line as text. */
  capture(source: Readable, onLine: (line: string) => void): void {
    let rest = Buffer.alloc(0);
    const emit = (line: Buffer): void => {
      onLine(line.toString());
      this.write(Buffer.concat([line, NEWLINE]), source);
    };
    source.on('data', (chunk: Buffer) => {
      let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
        emit(data.subarray(0, end));
        data = data.subarray(end + 1);
      }
      for (; data.length > LINE_LIMIT; data = data.subarray(LINE_LIMIT)) emit(data.subarray(0, LINE_LIMIT));
      rest = Buffer.from(data);
    });
    source.on('error', () => undefined);
    source.once('close', () => {
      this.paused.delete(source);
      if (rest.length > 0) emit(rest);
    });
  }

  /** Resolves when everything is in the file. */
  close(): Promise<void> {
    return new Promise((resolve) => this.stream.end(resolve));
  }

  private write(data: Buffer, source: Readable): void {
    if (this.stream.write(data) || this.stream.destroyed) return;
    source.pause();
    this.paused.add(source);
  }

  private open(): WriteStream {
    mkdirSync(dirname(this.file), { recursive: true });
    const stream = createWriteStream(this.file, { flags: 'a' });
    stream.on('drain', () => this.resume());
    // The app goes on without its log; what it prints meanwhile is lost.
    stream.on('error', (error) => {
      this.failed(error);
      this.resume();
    });
    return stream;
  }

  private resume(): void {
    for (const source of this.paused) source.resume();
    this.paused.clear();
  }
}
