// Past figures as a row of blocks, the newest at the right. Pure; in ASCII the theme puts other characters in the same cells.

const BLOCKS = Array.from('▁▂▃▄▅▆▇█');
/** Where a rollout ran. */
const MARK = '┊';

type Values = readonly (number | null)[];

/** Exactly `cells` blocks, from 0 to `max`; what was not measured is a space. */
export function sparkline(values: Values, cells: number, max: number): string {
  if (cells <= 0) return '';
  const shown = values.slice(-cells);
  return ' '.repeat(cells - shown.length) + shown.map((value) => block(value, max)).join('');
}

/**
 * The last `cells * per` values as `cells` values: of `per` seconds the highest, so that no peak is lost. `at` is the time of
 * the newest one: groups begin at fixed times, so that a graph moves on by a cell from time to time instead of wavering.
 */
export function grouped(values: Values, cells: number, per: number, at: number): Values {
  if (per <= 1) return values.slice(-cells);
  const newest = (Math.floor(at / 1000) % per) + 1;
  const groups: (number | null)[] = [];
  let end = values.length;
  for (let size = newest; end > 0 && groups.length < cells; size = per) {
    groups.push(highest(values, Math.max(0, end - size), end));
    end -= size;
  }
  return groups.toReversed();
}

/** The graph with a mark at each of these times. Its newest cell is at `at`, and a cell is a second. */
export function withMarks(graph: string, at: number, times: readonly number[]): string {
  let marked = graph;
  for (const time of times) {
    const cell = graph.length - 1 - (Math.floor(at / 1000) - Math.floor(time / 1000));
    if (cell >= 0 && cell < graph.length) marked = marked.slice(0, cell) + MARK + marked.slice(cell + 1);
  }
  return marked;
}

/** The highest of what was measured; 0 when nothing was. */
export function peak(values: Values): number {
  return highest(values, 0, values.length) ?? 0;
}

function block(value: number | null, max: number): string {
  if (value === null) return ' ';
  const step = max > 0 ? Math.ceil((value / max) * BLOCKS.length) - 1 : 0;
  return BLOCKS[Math.max(0, Math.min(step, BLOCKS.length - 1))]!;
}

function highest(values: Values, from: number, to: number): number | null {
  let most: number | null = null;
  for (let at = from; at < to; at += 1) {
    const value = values[at] ?? null;
    if (value !== null && (most === null || value > most)) most = value;
  }
  return most;
}
