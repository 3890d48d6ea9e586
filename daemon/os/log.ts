// The log of zdmd and of the masters: one JSON object a line, appended to <home>/zdmd.log, which each has as its stderr.
// Never stdout, and never a throw: a full disk must not stop a process that serves traffic.

/** Writes one event with its facts. */
export function logEvent(event: string, facts: Record<string, unknown> = {}): void {
  try {
    process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), pid: process.pid, event, ...facts })}\n`);
  } catch {
    // Nowhere left to say it.
  }
}
