// PURE: which worker gets the next connection.

/** What routing knows of an admitted worker that listens at the wanted place. */
export interface Candidate {
  readonly id: number;
  readonly generation: number;
  /** Connections it has, and connections sent that it has not answered yet. */
  readonly open: number;
  readonly unanswered: number;
  /** Counts up with every connection it was sent; breaks ties so that equals take turns. */
  readonly lastSent: number;
}

/**
 * How many connections one worker may have unanswered. Node passes one handle at a time over an IPC channel, so more only
 * wait in a queue of a worker that may be stuck; with two the channel never idles.
 */
export const UNANSWERED_LIMIT = 2;

/**
 * The worker with the fewest connections among those that answer; undefined when none does. A moved connection goes to the
 * newest generation, because from an older one it would have to move again in the same rollout.
 */
export function pickWorker<T extends Candidate>(candidates: readonly T[], moved: boolean): T | undefined {
  let best: T | undefined;
  for (const one of candidates) {
    if (one.unanswered >= UNANSWERED_LIMIT) continue;
    if (!best || isBetter(one, best, moved)) best = one;
  }
  return best;
}

function isBetter(one: Candidate, other: Candidate, moved: boolean): boolean {
  if (moved && one.generation !== other.generation) return one.generation > other.generation;
  const load = one.open + one.unanswered - (other.open + other.unanswered);
  return load !== 0 ? load < 0 : one.lastSent < other.lastSent;
}
