// PURE: the last lines that the workers of an app printed, in bounded memory. Adding one is cheap: nobody may be looking.
import type { OutputLine } from '../protocol/model.ts';

/** What is remembered: this many lines, and this much text (characters). */
const LINES = 5_000;
const TEXT = 1024 * 1024;
/** Of one line. */
const LINE = 8 * 1024;

/** A line before it is counted. */
export type Printed = Omit<OutputLine, 'seq'>;

export class LineMemory {
  /** The line of each number, at its remainder. */
  private readonly lines: OutputLine[] = [];
  private first = 1;
  private next = 1;
  private size = 0;

  /** The number of the last line; 0 before the first. */
  get last(): number {
    return this.next - 1;
  }

  add(printed: Printed): void {
    const text = shortened(printed.text);
    while (this.next - this.first >= LINES || (this.size + text.length > TEXT && this.first < this.next)) this.forget();
    this.lines[this.next % LINES] = { ...printed, text, seq: this.next };
    this.size += text.length;
    this.next += 1;
  }

  /** The newest lines behind number `seq`, at most `most`; oldest first. */
  after(seq: number, most: number): OutputLine[] {
    const from = Math.max(seq + 1, this.first, this.next - most);
    return Array.from({ length: Math.max(0, this.next - from) }, (_, index) => this.lines[(from + index) % LINES]!);
  }

  /** Its place is taken soon; until then it is not shown. */
  private forget(): void {
    this.size -= this.lines[this.first % LINES]!.text.length;
    this.first += 1;
  }
}

/** By way of bytes: a part of a text would keep the whole of it in memory. */
function shortened(text: string): string {
  return text.length > LINE ? Buffer.from(`${text.slice(0, LINE)}…`).toString() : text;
}
