// Where the workers' output goes: the app's two log files, and the tail of each worker.
import type { ChildProcess } from 'node:child_process';
import { LineTail } from '../logs/tail-buffer.ts';
import { LogWriter } from '../logs/writer.ts';
import { logEvent } from '../os/log.ts';
import type { AppSpec } from '../protocol/model.ts';

type Files = Pick<AppSpec, 'outFile' | 'errorFile'>;

export class Output {
  private files: Files;
  private out: LogWriter;
  private err: LogWriter;

  constructor(files: Files) {
    this.files = files;
    this.out = openWriter(files.outFile);
    this.err = openWriter(files.errorFile);
  }

  /** Copies what the worker prints from now on; the last lines are in the returned tail. */
  capture(child: ChildProcess): LineTail {
    const tail = new LineTail();
    if (child.stdout) this.out.capture(child.stdout, (line) => tail.add('out', line));
    if (child.stderr) this.err.capture(child.stderr, (line) => tail.add('err', line));
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
