// Puts parts together into exactly as many rows as there are.

/** `top` and `bottom` keep their places; the middle gets what is left, cut or filled with blank rows. */
export function page(
  top: readonly string[],
  middle: readonly string[],
  bottom: readonly string[],
  height: number,
): string[] {
  const head = top.slice(0, height);
  const foot = bottom.slice(0, Math.max(0, height - head.length));
  const room = height - head.length - foot.length;
  const body = middle.slice(0, room);
  return [...head, ...body, ...Array.from({ length: room - body.length }, () => ''), ...foot];
}

/** The first row to show so that the `size` rows from `cursor` on are seen, with some of their surroundings. */
export function windowFrom(total: number, cursor: number, size: number, height: number): number {
  if (total <= height || height <= 0) return 0;
  const above = Math.max(0, Math.min(Math.floor(height / 3), height - size));
  return Math.max(0, Math.min(cursor - above, total - height));
}

/** `1-7 of 60`: which rows of a list are seen. */
export function rangeText(from: number, shown: number, total: number): string {
  return shown <= 0 ? '' : `${from + 1}-${from + shown} of ${total}`;
}
