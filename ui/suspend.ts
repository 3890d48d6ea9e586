// The terminal is given to others for a while: to the shell (Ctrl-Z, `fg`), or to a program of the user's.
import { spawn } from 'node:child_process';
import type { Endings, Holder } from './endings.ts';
import type { Screen } from './screen.ts';
import type { Terminal } from './terminal.ts';

/** Within this time a stop signal has stopped us; who still runs then cannot be stopped. */
const UNSTOPPABLE_AFTER = 100;

export interface Suspension {
  /** To the shell. It comes back with `fg`. */
  suspend(): void;
  /** Runs a program in our place; its exit code, or null when a signal ended it. Rejects when it cannot be started. */
  runInTerminal(command: string, args: readonly string[]): Promise<number | null>;
  /** Nothing comes back after this. */
  dispose(): void;
}

interface Parts {
  readonly terminal: Terminal;
  readonly screen: Pick<Screen, 'pause' | 'resume'>;
  readonly endings: Pick<Endings, 'terminalIsWith'>;
}

export function createSuspension({ terminal, screen, endings }: Parts): Suspension {
  let busy: AbortController | null = null;
  let timer: NodeJS.Timeout | undefined;
  const stepAside = (holder: Holder): void => {
    clearTimeout(timer);
    endings.terminalIsWith(holder);
    process.off('SIGTSTP', suspend);
    screen.pause();
    terminal.leave();
  };
  const comeBack = (): void => {
    // After a SIGSTOP, which nobody can see coming, the shell has changed the modes behind our back.
    stepAside('shell');
    terminal.enter();
    endings.terminalIsWith('us');
    screen.resume();
    process.on('SIGTSTP', suspend);
    // Only what is in the foreground hears of a new size.
    process.kill(process.pid, 'SIGWINCH');
  };
  /** Not at once: a SIGTERM that waited for the SIGCONT as well is read first, and then there is nothing to come back to. */
  const comeBackSoon = (): void => {
    clearTimeout(timer);
    if (busy === null) timer = setTimeout(comeBack);
  };
  const suspend = (): void => {
    if (busy !== null) return;
    stepAside('shell');
    timer = setTimeout(comeBackSoon, UNSTOPPABLE_AFTER);
    // All of the foreground, as the terminal itself does it: who waits for us (npx, a script) must stop as well, or the shell
    // would not notice. Nobody stops where there is no shell that could say `fg`, as in a container.
    process.kill(0, 'SIGTSTP');
  };
  process.on('SIGCONT', comeBackSoon);
  process.on('SIGTSTP', suspend);
  return {
    suspend,
    async runInTerminal(command, args) {
      if (busy !== null) return null;
      busy = new AbortController();
      stepAside('program');
      try {
        return await run(command, args, busy.signal);
      } finally {
        if (!busy.signal.aborted) comeBack();
        busy = null;
      }
    },
    dispose() {
      clearTimeout(timer);
      process.off('SIGCONT', comeBackSoon);
      process.off('SIGTSTP', suspend);
      busy?.abort();
    },
  };
}

function run(command: string, args: readonly string[], signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', signal });
    child.once('error', reject);
    child.once('exit', resolve);
  });
}
