// The output of all workers on the stdout and stderr of this process.
import type { Writable } from 'node:stream';
import { LogWriter } from '../logs/writer.ts';
import type { OpenSink } from '../master/output.ts';
import type { LogStream } from '../protocol/model.ts';

/** Whose line it is. */
export interface Origin {
  readonly app: string;
  readonly slot: number;
  readonly stream: LogStream;
}

/** `dress` gives the bytes that stand for a line, with its end. When nobody reads any more, the apps go on unheard. */
export function consoleSinks(
  { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
  dress: (origin: Origin, line: Buffer) => Buffer,
): OpenSink {
  const streams: Readonly<Record<LogStream, Writable>> = { out: stdout, err: stderr };
  const writers = { out: new LogWriter(stdout, () => undefined), err: new LogWriter(stderr, () => undefined) };
  return (_, stream, app) => ({
    capture: (source, slot, onLine) =>
      writers[stream].capture(source, onLine, (line) => dress({ app, slot, stream }, line)),
    close: () => flushed(streams[stream]),
  });
}

/** Resolves when what was written is out. Not end(): these streams last as long as the process. */
export function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
