// Which signal the master has to send so that the app's own shutdown code runs.
import type { WorkerLoad } from '../protocol/worker-link.ts';

/**
 * SIGINT, as PM2 sends it, unless the app listens for SIGTERM alone. In the foreground, Ctrl-C reaches this process as well as
 * its master, which drains it first: so the kernel's SIGINT must not end it, and an app without a handler is ended by SIGTERM.
 */
export function createStopSignal(inForeground: boolean): () => WorkerLoad['signal'] {
  if (inForeground) process.on('SIGINT', () => undefined);
  const ours = inForeground ? 1 : 0;
  return () => {
    const listens = process.listenerCount('SIGINT') > ours;
    if (!listens && inForeground) return 'SIGTERM';
    return !listens && process.listenerCount('SIGTERM') > 0 ? 'SIGTERM' : 'SIGINT';
  };
}
