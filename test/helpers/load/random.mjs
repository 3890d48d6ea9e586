// Random numbers that come out the same for the same seed (mulberry32), so that a failing run can be repeated.

/**
 * @param {number} seed
 * @returns {() => number} numbers in [0, 1)
 */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * How long a client thinks between two requests: mostly not at all, often a little, seldom longer than the server keeps an
 * idle connection. `rest` scales the short pauses, to set the pace.
 *
 * @param {() => number} random
 * @param {{ maxIdle: number, longShare: number, rest: number }} options
 */
export function thinkingTime(random, { maxIdle, longShare, rest }) {
  const choice = random();
  if (choice < longShare) return random() * maxIdle;
  if (choice < longShare + 0.02) return random() * Math.min(500, maxIdle);
  return choice < 0.7 ? 0 : random() * rest;
}

/**
 * Sizes of request bodies: mostly small, some larger than a packet, a few that take many packets.
 *
 * @param {() => number} random
 */
export function bodySize(random) {
  const choice = random();
  if (choice < 0.6) return Math.floor(random() * 200);
  return Math.floor(random() * (choice < 0.95 ? 4_000 : 64_000));
}
