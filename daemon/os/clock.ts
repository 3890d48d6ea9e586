// The time that things take is not told by the clock on the wall, which somebody may set: a deadline would be an hour away, or over.

/** Corrections (ms) smaller than this are not shown: what is shown would change all the time. */
const NOTICEABLE = 1_000;
let offset = 0;
let origin = performance.timeOrigin;

/** Milliseconds of a clock that nobody sets; it agrees with the wall's when the first process that goes by it starts. */
export function steady(): number {
  return Math.round(origin + performance.now());
}

/** It is `now` on the clock of another process, whose times are gone by from now on. The two agree, unless the wall's was set meanwhile. */
export function continueClock(now: number): void {
  if (Math.abs(now - steady()) >= NOTICEABLE) origin = now - performance.now();
}

/** The wall's time of a steady one, for showing. */
export function toWall(at: number): number {
  const now = Date.now() - steady();
  if (Math.abs(now - offset) >= NOTICEABLE) offset = now;
  return at + offset;
}
