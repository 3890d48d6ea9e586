// Where the workers' output goes: the app's two log files, the tail of each worker, and the last lines of all of them.
import type { ChildProcess } from 'node:child_process';
import { LineTail } from '../logs/tail-buffer.ts';
import { LogWriter } from '../logs/writer.ts';
import { logEvent } from '../os/log.ts';
import type { AppSpec, LogStream } from '../protocol/model.ts';
import { LineFeed } from './line-feed.ts';

type Files = Pick<AppSpec, 'name' | 'outFile' | 'errorFile'>;

export class Output {
  readonly lines = new LineFeed();
  private files: Files;
  private out: LogWriter;
  private err: LogWriter;

  constructor(files: Files) {
    this.files = files;
    this.out = openWriter(files.outFile);
    this.err = openWriter(files.errorFile);
  }

  /** Copies what the worker prints from now on; the last lines are in the returned tail. */
  capture(child: ChildProcess, slot: number, generation: number): LineTail {
    const tail = new LineTail();
    const app = this.files.name;
    const take = (stream: LogStream, text: string): void => {
      tail.add(stream, text);
      this.lines.add({ app, stream, text, at: Date.now(), slot, generation });
    };
    if (child.stdout) this.out.capture(child.stdout, (line) => take('out', line));
    if (child.stderr) this.err.capture(child.stderr, (line) => take('err', line));
    return tail;
  }

  /** The description names other files: workers that start from now on write there. */
  move(files: Files): void {
    if (files.outFile !== this.files.outFile) this.out = openWriter(files.outFile);
    if (files.errorFile !== this.files.errorFile) this.err = openWriter(files.errorFile);
    this.files = files;
  }

  /** Resolves when everything is in the files. */
  close(): Promise<unknown> {
    return Promise.all([this.out.close(), this.err.close()]);
  }
}

function openWriter(file: string): LogWriter {
  return new LogWriter(file, (error) => logEvent('log file failed', { file, error: error.message }));
}
