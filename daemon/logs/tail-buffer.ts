// The last lines that one worker printed: what a failure message shows.
import type { LogStream } from '../protocol/model.ts';

const KEEP = 20;
const LINE_LIMIT = 500;

export class LineTail {
  private readonly kept: Record<LogStream, string[]> = { out: [], err: [] };

  add(stream: LogStream, line: string): void {
    const lines = this.kept[stream];
    lines.push(line.length > LINE_LIMIT ? `${line.slice(0, LINE_LIMIT)}…` : line);
    if (lines.length > KEEP) lines.shift();
  }

  /** The end of stderr; of stdout when there was nothing on stderr. */
  get lines(): string[] {
    return this.kept.err.length > 0 ? [...this.kept.err] : [...this.kept.out];
  }
}
