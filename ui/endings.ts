// Every way out of the dashboard that is not a key, in one place.
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const HANGUP = 128 + constants.signals.SIGHUP;

/** Us, the shell that stopped us, or another program that we have started. */
export type Holder = 'us' | 'shell' | 'program';

export interface Endings {
  /** The exit code, once something ended the dashboard. */
  readonly code: Promise<number>;
  end(code: number): void;
  /** Who has the terminal from now on. */
  terminalIsWith(holder: Holder): void;
  /** Listens no more. */
  dispose(): void;
}

/** `restore` also runs when the process ends by itself or by an exception, before that is printed. */
export function watchEndings(stdout: NodeJS.WriteStream, stdin: NodeJS.ReadStream, restore: () => void): Endings {
  // The executor runs at once, so `resolve` is set before anything below can happen.
  let resolve!: (code: number) => void;
  const code = new Promise<number>((settle) => {
    resolve = settle;
  });
  let holder: Holder = 'us';
  const ignoreSignals = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals, number: number): void => {
    if (holder === 'us') return resolve(128 + number);
    // Ctrl-C and Ctrl-\ reach all programs in the foreground, and are meant for the other one.
    if (holder === 'program' && (signal === 'SIGINT' || signal === 'SIGQUIT')) return;
    // There is no terminal to put in order, and node would try (20.20): the kernel stops a background program for that.
    restore();
    ignoreSignals();
    process.kill(process.pid, signal);
  };
  // EPIPE and EIO, or the end of the input: the terminal is gone, which is what SIGHUP says when it comes.
  const onGone = (): void => resolve(HANGUP);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on('uncaughtExceptionMonitor', restore);
  process.on('exit', restore);
  stdout.on('error', onGone);
  stdin.on('error', onGone);
  stdin.on('end', onGone);
  return {
    code,
    end: resolve,
    terminalIsWith: (next) => void (holder = next),
    dispose() {
      ignoreSignals();
      process.off('uncaughtExceptionMonitor', restore);
      process.off('exit', restore);
      stdin.off('end', onGone);
      // The error listeners stay: a late EPIPE of a terminal that is gone must not become a crash.
    },
  };
}
