// What a worker has started, and what that has started. It is told to end when the worker has ended and not before, because
// the worker needs it while it drains; and nothing of it stays. `treekill: false` leaves it alone.
import { logEvent } from '../../os/log.ts';
import { identityOf, type ProcessIdentity } from '../../os/process-identity.ts';
import { behindShells, type ProcessEntry, processTable, treeOf } from '../../os/process-tree.ts';
import type { AppSpec } from '../../protocol/model.ts';
import type { WorkerProcess } from './process.ts';

const LOOK_AGAIN = 100;
/** What is older than this process comes from no worker that it has started. */
const OLDEST = process.platform === 'linux' ? identityOf(process.pid)?.start : undefined;
/** What SIGKILL does not end within this time (ms) is another user's, or waits for a device. */
const GIVE_UP = 1_000;

export class WorkerTree {
  private readonly process: WorkerProcess;
  readonly mark: string;
  private readonly spec: AppSpec;
  /** As of the last look. */
  private known: readonly ProcessEntry[] = [];
  private readonly asked: ProcessIdentity[] = [];

  /** `mark`: the value of MARK_VARIABLE in its environment. */
  constructor(process: WorkerProcess, mark: string, spec: AppSpec) {
    this.process = process;
    this.mark = mark;
    this.spec = spec;
  }

  /**
   * Asks the app to stop, in the way that its description says; `signal` is the one that it listens for, `say` sends it a message
   * (null when there is no way to).
   */
  async ask(signal: NodeJS.Signals, say: ((message: unknown) => void) | null): Promise<void> {
    const { spec } = this;
    const table = await this.look();
    if (spec.shutdownWithMessage && say) return say('shutdown');
    // In cluster mode the worker is the app's own process.
    const behind = spec.execMode === 'fork' ? behindShells(table, this.process.pid) : [];
    this.process.kill(signal);
    for (const one of behind) this.tell(one, signal);
  }

  /** Ends all of it at once. */
  async kill(): Promise<void> {
    await this.look();
    this.process.kill('SIGKILL');
    for (const { pid } of this.known) send(pid, 'SIGKILL');
  }

  /** The worker has ended. Resolves when what it left has, too: told to, and killed after `within` ms. */
  async end(within: number): Promise<void> {
    const until = performance.now() + within;
    for (let now = performance.now(); now < until + GIVE_UP; now = performance.now()) {
      await this.look();
      if (this.known.length === 0) return;
      for (const one of this.known) this.tell(one, now < until ? 'SIGTERM' : 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    }
    logEvent('left behind', { pids: this.known.map(({ pid }) => pid) });
  }

  /** Once only, except for SIGKILL: a second signal means haste to many programs. */
  private tell(one: ProcessIdentity, signal: NodeJS.Signals): void {
    const knows = this.asked.some(({ pid, start }) => pid === one.pid && start === one.start);
    if (knows && signal !== 'SIGKILL') return;
    this.asked.push(one);
    send(one.pid, signal);
  }

  private async look(): Promise<readonly ProcessEntry[]> {
    if (!this.spec.treekill) return [];
    const table = await processTable(this.process.identity?.start ?? OLDEST).catch(() => []);
    const { hasEnded, pid } = this.process;
    // Only a fork-mode app is started as the leader of a session.
    const session = this.spec.execMode === 'fork' ? pid : null;
    this.known = treeOf(table, { pid: hasEnded ? null : pid, session, mark: this.mark, known: this.known });
    return table;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended, or is another user's.
  }
}
