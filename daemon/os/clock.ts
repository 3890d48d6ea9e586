// The time that things take is not told by the clock on the wall, which somebody may set: a deadline would be an hour away, or over.

/** Corrections (ms) smaller than this are not shown: what is shown would change all the time. */
const NOTICEABLE = 1_000;
let offset = 0;

/** Milliseconds of a clock that nobody sets; it agrees with the wall's when this process starts. */
export function steady(): number {
  return Math.round(performance.timeOrigin + performance.now());
}

/** The wall's time of a steady one, for showing. */
export function toWall(at: number): number {
  const now = Date.now() - steady();
  if (Math.abs(now - offset) >= NOTICEABLE) offset = now;
  return at + offset;
}
