// Where the workers' output goes: to the app's two places, the tail of each worker, and the last lines of all of them.
import type { Readable } from 'node:stream';
import { LineTail } from '../logs/tail-buffer.ts';
import { openLog } from '../logs/writer.ts';
import type { AppSpec, LogStream } from '../protocol/model.ts';
import { LineFeed } from './line-feed.ts';

type Files = Pick<AppSpec, 'name' | 'outFile' | 'errorFile'>;

/** Takes what workers print. */
export interface Sink {
  /** Copies `source`, of the worker of that slot, until it ends; `onLine` gets each line. */
  capture(source: Readable, slot: number, onLine: (line: string) => void): void;
  /** Resolves when everything is out. */
  close(): Promise<void>;
}

/** A place for one of the two streams of an app; `file` is what its description names. */
export type OpenSink = (file: string, stream: LogStream, app: string) => Sink;

/** What a worker prints; null where nothing can be read. */
interface Streams {
  readonly out: Readable | null;
  readonly err: Readable | null;
}

export class Output {
  readonly lines = new LineFeed();
  private readonly sources = new Set<Readable>();
  private files: Files;
  private readonly open: OpenSink;
  private out: Sink;
  private err: Sink;

  constructor(files: Files, open: OpenSink = openFile) {
    this.files = files;
    this.open = open;
    this.out = open(files.outFile, 'out', files.name);
    this.err = open(files.errorFile, 'err', files.name);
  }

  /** Copies what the worker prints from now on; the last lines are in the returned tail. */
  capture({ out, err }: Streams, slot: number, generation: number): LineTail {
    const tail = new LineTail();
    const app = this.files.name;
    const take = (stream: LogStream, text: string): void => {
      tail.add(stream, text);
      this.lines.add({ app, stream, text, at: Date.now(), slot, generation });
    };
    for (const source of [out, err]) if (source) this.follow(source);
    if (out) this.out.capture(out, slot, (line) => take('out', line));
    if (err) this.err.capture(err, slot, (line) => take('err', line));
    return tail;
  }

  private follow(source: Readable): void {
    this.sources.add(source);
    source.once('close', () => this.sources.delete(source));
  }

  /** The description names other files: workers that start from now on write there. */
  move(files: Files): void {
    if (files.outFile !== this.files.outFile) this.out = this.open(files.outFile, 'out', files.name);
    if (files.errorFile !== this.files.errorFile) this.err = this.open(files.errorFile, 'err', files.name);
    this.files = files;
  }

  /** The next master reads on; what this one has read is written. */
  leave(): Promise<unknown> {
    for (const source of this.sources) source.pause().removeAllListeners('data');
    return this.close();
  }

  /** Resolves when everything is out. */
  close(): Promise<unknown> {
    return Promise.all([this.out.close(), this.err.close()]);
  }
}

function openFile(file: string): Sink {
  const writer = openLog(file);
  return { capture: (source, _, onLine) => writer.capture(source, onLine), close: () => writer.close() };
}
