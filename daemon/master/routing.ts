// PURE: which worker gets the next connection.

/** What routing knows of an admitted worker that listens at the wanted place. */
export interface Candidate {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  /** Connections it has, and connections sent that it has not answered yet. */
  readonly open: number;
  readonly unanswered: number;
  /** Counts up with every connection it was sent; breaks ties so that equals take turns. */
  readonly lastSent: number;
}

/**
 * How many connections may be on their way to one worker. A worker that is busy for a moment finds them when it looks, without a turn of
 * the master's loop for each; one that is blocked gives back so many to others, after a second.
 */
export const UNANSWERED_LIMIT = 64;

/** A worker, and the places that it listens at. */
interface Listening {
  readonly slot: number;
  readonly admitted: boolean;
  readonly listening: readonly string[];
}

/**
 * The places that a new worker must listen at, and does not yet, before it can take over: those of the worker that serves its
 * slot, and without one those that all have. (Some apps open a port in one instance only.)
 */
export function missingPlaces(one: Listening, all: readonly Listening[]): string[] {
  const serving = all.filter((other) => other !== one && other.admitted);
  const before = serving.filter(({ slot }) => slot === one.slot);
  const [first, ...rest] = before.length > 0 ? before : serving;
  const wanted = (first?.listening ?? []).filter((key) => rest.every(({ listening }) => listening.includes(key)));
  return wanted.filter((key) => !one.listening.includes(key));
}

/** What routing knows of a connection. */
export interface Wanted {
  /** It goes to this generation where it can: from another one it would have to move again in the same rollout. */
  readonly preferred: number | null;
  /** Only workers of this generation, or (`not`) of any other, where one of them answers; null for all alike. */
  readonly cohort: { readonly generation: number; readonly not: boolean } | null;
  /** The client's address, when it decides where the connection goes. */
  readonly client: string | null;
}

/**
 * The worker with the fewest connections among those that answer; undefined when none does. With a client address it is the
 * worker of that address's slot, whether it answers at once or not.
 */
export function pickWorker<T extends Candidate>(candidates: readonly T[], wanted: Wanted): T | undefined {
  const { preferred, client, cohort } = wanted;
  const slot = client === null ? null : slotOf(client, candidates);
  let best: T | undefined;
  let bestOfCohort: T | undefined;
  for (const one of candidates) {
    if (one.unanswered >= UNANSWERED_LIMIT || (slot !== null && one.slot !== slot)) continue;
    if (!best || isBetter(one, best, preferred)) best = one;
    if (cohort === null || (one.generation === cohort.generation) === cohort.not) continue;
    if (!bestOfCohort || isBetter(one, bestOfCohort, preferred)) bestOfCohort = one;
  }
  return bestOfCohort ?? best;
}

/**
 * The slot of an address: the one of those present that it weighs most with. So all addresses of a slot that goes spread over
 * the others, nobody else is moved, and they come back with it.
 */
function slotOf(client: string, candidates: readonly Candidate[]): number | null {
  let best: number | null = null;
  let most = -1;
  for (const { slot } of candidates) {
    const weight = weigh(`${client}#${slot}`);
    if (weight > most) [best, most] = [slot, weight];
  }
  return best;
}

/** FNV-1a with a last mix: neighbouring addresses have nothing in common. */
function weigh(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function isBetter(one: Candidate, other: Candidate, preferred: number | null): boolean {
  if (preferred !== null && one.generation !== other.generation) {
    const rank = rankOf(one, preferred) - rankOf(other, preferred);
    if (rank !== 0) return rank > 0;
  }
  const load = one.open + one.unanswered - (other.open + other.unanswered);
  return load !== 0 ? load < 0 : one.lastSent < other.lastSent;
}

function rankOf({ generation }: Candidate, preferred: number): number {
  return generation === preferred ? 1 : 0;
}
