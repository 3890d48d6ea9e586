// What deploy scripts, terminals and service managers send to apps in the foreground.
import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';

interface Handlers {
  reload(signal: 'SIGHUP' | 'SIGUSR1'): void;
  /** Somebody takes a profile, or has taken it. */
  profile(): void;
  /** The second one does not wait. */
  end(signal: 'SIGINT' | 'SIGTERM'): void;
}

/** Listens from now on. */
export function onSignals({ reload, profile, end }: Handlers): void {
  for (const signal of ['SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => reload(signal));
  process.on('SIGUSR2', profile);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(signal));
}

/**
 * Whether somebody sits at a terminal that we read from. When it is closed the kernel sends SIGHUP, which is no wish for a reload:
 * then /dev/tty cannot be opened any more (ENXIO).
 */
export function hasTerminal(): boolean {
  if (!isatty(0)) return false;
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
