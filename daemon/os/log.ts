// The log of zdmd and of the masters: one JSON object a line, at the end of <home>/zdmd.log, which each has as its stderr, too.
// Never stdout, and never a throw: a full disk must not stop a process that serves traffic.
import { appendFileSync, renameSync, statSync, writeSync } from 'node:fs';

type Facts = Readonly<Record<string, unknown>>;

/** A log that is longer than this (bytes) becomes `<name>.1`, in place of the one that was there. */
const LIMIT = 4 * 1024 * 1024;
const STDERR = 2;
/** Of packages, that are said at most. */
const SENTENCES = 100;

let writeEvent = (event: string, facts: Facts): void => writeStderr(lineOf(event, facts));

/** Writes one event with its facts. */
export function logEvent(event: string, facts: Facts = {}): void {
  try {
    writeEvent(event, facts);
  } catch {
    // Nowhere left to say it.
  }
}

/** What packages print about their troubles becomes an event, each sentence once: some repeat it every second. */
export function logConsole(): void {
  const said = new Set<string>();
  console.warn = console.error = (...parts: unknown[]) => {
    const text = String(parts[0]);
    if (said.size >= SENTENCES || said.has(text)) return;
    said.add(text);
    logEvent('printed', { text });
  };
}

/** From now on events go to `writer`; called by a process whose stderr people read. */
export function sendEventsTo(writer: (event: string, facts: Facts) => void): void {
  writeEvent = writer;
}

/** From now on events go to the file of that name, and not only to the one that stderr was opened on: it may be deleted or rotated. */
export function logTo(file: string): void {
  writeEvent = (event, facts) => {
    const line = lineOf(event, facts);
    try {
      makeRoom(file);
      appendFileSync(file, line, { mode: 0o600 });
    } catch {
      // No descriptor is free, perhaps; this one is open.
      writeStderr(line);
    }
  };
}

/** Moves a log away that is too long; called before anything is added to it. */
export function makeRoom(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LIMIT) renameSync(file, `${file}.1`);
}

function lineOf(event: string, facts: Facts): string {
  return `${JSON.stringify({ at: new Date().toISOString(), pid: process.pid, event, ...facts })}\n`;
}

/** Not by process.stderr: what fails there (a full disk) comes back as an uncaught exception, which is logged, which fails. */
function writeStderr(line: string): void {
  writeSync(STDERR, line);
}
