// The only writer to the terminal while the dashboard runs. Ink gives whole frames, a region is painted past Ink;
// what changed goes out line by line, in one write per frame.
import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { widthOf } from './paint/text.ts';
import { sizeOf } from './terminal.ts';

/** At most thirty frames a second. */
const FRAME_MS = 33;

/** The topmost `height` rows belong to a painter instead of Ink. */
export interface Region {
  readonly height: number;
  readonly paint: () => readonly string[];
}

/** A cell, counted from 0. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** What the terminal shows. `cursor` null: hidden. */
export interface Frame {
  readonly rows: readonly string[];
  readonly cursor: Place | null;
}

/** What the screen needs of a terminal stream. */
export interface ScreenOutput {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly writableNeedDrain?: boolean;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export class Screen {
  readonly #out: ScreenOutput;
  #ink: readonly string[] = [];
  #region: Region | null = null;
  #cursor: Place | null = null;
  /** What the terminal shows; null when that is not known. */
  #shown: Frame | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastFrame = -FRAME_MS;
  #paused = false;
  /** The line is slow: what is shown next is what is newest when it moves again. */
  #waiting = false;

  constructor(out: ScreenOutput) {
    this.#out = out;
  }

  /** The stream to give to Ink together with its option `debug`: each write is a whole frame. */
  inkStream(): NodeJS.WriteStream {
    const write = (frame: string): boolean => {
      // Ink writes an empty text as a barrier when it ends.
      if (frame === '') return true;
      this.#ink = frame.split('\n');
      this.redraw();
      return true;
    };
    const out = this.#out;
    const stream = Object.defineProperties(new EventEmitter(), {
      columns: { get: () => sizeOf(out).columns },
      rows: { get: () => sizeOf(out).rows },
      write: { value: write },
    });
    return stream as unknown as NodeJS.WriteStream;
  }

  setRegion(region: Region | null): void {
    this.#region = region;
    this.redraw();
  }

  /** Where the terminal's own cursor blinks, in a text field; null: nowhere. */
  setCursor(cursor: Place | null): void {
    this.#cursor = cursor;
    this.redraw();
  }

  /** Soon, together with whatever else changes until then. */
  redraw(): void {
    if (this.#timer !== null || this.#paused || this.#waiting) return;
    const wait = Math.max(0, this.#lastFrame + FRAME_MS - performance.now());
    this.#timer = setTimeout(() => this.#draw(), wait);
  }

  /** Forgets what the terminal shows: after a resize, or when something else wrote to it. */
  invalidate(): void {
    this.#shown = null;
    this.redraw();
  }

  /** Something for the terminal that changes nothing on it. */
  send(bytes: string): void {
    if (!this.#paused) this.#out.write(bytes);
  }

  /** What is shown, as text. */
  text(): readonly string[] {
    return (this.#shown?.rows ?? []).map((line) => stripVTControlCharacters(line).trimEnd());
  }

  /** Nothing is written until `resume`. */
  pause(): void {
    this.#paused = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Draws all of it again: others had the terminal. */
  resume(): void {
    this.#paused = false;
    this.invalidate();
  }

  #draw(): void {
    this.#timer = null;
    if (this.#paused) return;
    if (this.#out.writableNeedDrain === true) {
      this.#waiting = true;
      this.#out.once('drain', () => {
        this.#waiting = false;
        this.redraw();
      });
      return;
    }
    this.#lastFrame = performance.now();
    const frame = { rows: this.#rows(), cursor: this.#cursor };
    const bytes = frameBytes(this.#shown, frame, sizeOf(this.#out).columns);
    this.#shown = frame;
    if (bytes !== '') this.#out.write(`\u001B[?2026h${bytes}\u001B[?2026l`);
  }

  #rows(): readonly string[] {
    const painted = this.#region?.paint() ?? [];
    const height = this.#region?.height ?? 0;
    const { rows } = sizeOf(this.#out);
    return Array.from({ length: rows }, (_, row) => (row < height ? painted[row] : this.#ink[row]) ?? '');
  }
}

/** The bytes that turn `shown` into `next`, with the cursor at its place in the end; none when nothing is another. */
export function frameBytes(shown: Frame | null, next: Frame, columns: number): string {
  const changes = changedLines(shown?.rows ?? null, next.rows, columns);
  const { cursor } = next;
  const moved = shown === null || cursor?.row !== shown.cursor?.row || cursor?.column !== shown.cursor?.column;
  if (changes === '' && !moved) return '';
  const hide = shown === null || shown.cursor !== null ? '\u001B[?25l' : '';
  return `${hide}${changes}${cursor === null ? '' : `\u001B[${cursor.row + 1};${cursor.column + 1}H\u001B[?25h`}`;
}

/** The bytes that turn `shown` into `frame`; everything when it is not known what is shown. */
export function changedLines(shown: readonly string[] | null, frame: readonly string[], columns: number): string {
  const known = shown !== null && shown.length === frame.length ? shown : null;
  let bytes = known === null ? '\u001B[0m\u001B[2J' : '';
  for (const [row, text] of frame.entries()) {
    if (known !== null ? known[row] === text : text === '') continue;
    // A full row leaves the cursor on its last cell, where erasing to the end would take that cell away.
    const rest = widthOf(text) < columns ? '\u001B[K' : '';
    bytes += `\u001B[${row + 1};1H${text}\u001B[0m${rest}`;
  }
  return bytes;
}
