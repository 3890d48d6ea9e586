// The process of a worker, whoever has started it.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { identityOf, isAlive, type ProcessIdentity } from '../../os/process-identity.ts';

export interface WorkerProcess {
  /** 0 when it could not be started. */
  readonly pid: number;
  readonly hasEnded: boolean;
  /** Null when it cannot be told (any more). */
  readonly identity: ProcessIdentity | null;
  /** It says itself that it ends with this code. */
  exits(code: number): void;
  /** There is a sign that it ends. */
  lookSoon(): void;
  /** Does nothing when it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** Calls `ended` once; `code` and `signal` are both null where nobody can tell. */
  whenEnded(ended: (code: number | null, signal: string | null) => void): void;
}

/** A process that is not our child is looked for this often (ms). */
const LOOK_EVERY = 1_000;
/** The same when there is a sign that it is ending. */
const LOOK_SOON = 5;

/** One that this process has started. */
export function startedProcess(child: ChildProcess): WorkerProcess {
  const pid = child.pid ?? 0;
  return {
    pid,
    identity: pid > 0 ? identityOf(pid) : null,
    // The system says it, too.
    exits: () => undefined,
    lookSoon: () => undefined,
    get hasEnded() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    kill: (signal) => void child.kill(signal),
    whenEnded: (ended) => void child.once('exit', ended),
  };
}

/** One that a master before has started: its end is no event. */
export class AdoptedProcess implements WorkerProcess {
  readonly pid: number;
  hasEnded = false;
  readonly identity: ProcessIdentity;
  private exitCode: number | null = null;
  private timer: NodeJS.Timeout | undefined;
  private ended: (code: number | null, signal: string | null) => void = () => undefined;

  constructor(identity: ProcessIdentity) {
    this.identity = identity;
    this.pid = identity.pid;
  }

  kill(signal: NodeJS.Signals): void {
    // Its pid may be another's by now.
    if (this.hasEnded || !isAlive(this.identity)) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // It has just ended.
    }
  }

  whenEnded(ended: (code: number | null, signal: string | null) => void): void {
    this.ended = ended;
    this.look(LOOK_EVERY);
  }

  exits(code: number): void {
    this.exitCode = code;
  }

  lookSoon(): void {
    this.look(LOOK_SOON);
  }

  private look(every: number): void {
    clearTimeout(this.timer);
    if (this.hasEnded) return;
    if (isAlive(this.identity)) {
      // A sign may have been wrong: it is looked for less and less often.
      this.timer = setTimeout(() => this.look(Math.min(LOOK_EVERY, every * 2)), every).unref();
      return;
    }
    this.hasEnded = true;
    this.ended(this.exitCode, null);
  }
}

/** Resolves when these have ended, or after `limit` ms. */
export async function outputEnd(sources: readonly (Readable | null)[], limit: number): Promise<void> {
  const ends = sources.flatMap((one) =>
    one && !one.closed ? [new Promise<void>((resolve) => one.once('close', resolve))] : [],
  );
  await Promise.race([Promise.all(ends), new Promise((resolve) => setTimeout(resolve, limit))]);
}
