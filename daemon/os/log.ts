// The log of zdmd and of the masters: one JSON object a line, appended to <home>/zdmd.log, which each has as its stderr.
// Never stdout, and never a throw: a full disk must not stop a process that serves traffic.

type Facts = Readonly<Record<string, unknown>>;

let writeEvent = (event: string, facts: Facts): void => {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), pid: process.pid, event, ...facts })}\n`);
};

/** Writes one event with its facts. */
export function logEvent(event: string, facts: Facts = {}): void {
  try {
    writeEvent(event, facts);
  } catch {
    // Nowhere left to say it.
  }
}

/** From now on events go to `writer`; called by a process whose stderr people read. */
export function sendEventsTo(writer: (event: string, facts: Facts) => void): void {
  writeEvent = writer;
}
