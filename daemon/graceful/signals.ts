// The signals that begin an exit.

/** A second signal within this time (ms) of the first is the same press of Ctrl-C: npm passes on what the terminal sent to all. */
const ONE_PRESS = 250;

const runs = new Map<NodeJS.Signals, Set<() => void>>();
let begun: number | undefined;

/** `run` is called at the first of these signals. Returns what takes it back. */
export function onSignal(signals: readonly NodeJS.Signals[], run: () => void): () => void {
  for (const signal of signals) {
    const present = runs.get(signal) ?? new Set();
    if (present.size === 0) process.on(signal, hear);
    runs.set(signal, present.add(run));
  }
  return () => {
    for (const signal of signals) {
      const present = runs.get(signal);
      if (present?.delete(run) && present.size === 0) process.removeListener(signal, hear);
    }
  };
}

function hear(signal: NodeJS.Signals): void {
  const now = performance.now();
  if (begun !== undefined && now - begun > ONE_PRESS) process.exit(1);
  begun ??= now;
  for (const run of runs.get(signal) ?? []) run();
}
