// The line to an app's master: the one that lives, or a new one.
import { isNobody } from '../os/unix-socket.ts';
import { isStopped } from '../os/process-identity.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import type { Peer } from '../protocol/peer.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import type { MasterLine, Masters } from './masters.ts';
import { pause } from './pause.ts';

/** An app that was just taken up is told of within this time (ms). */
const LAUNCH_LIMIT = 10_000;
/** One whose socket is missing listens again within a second; one that is just dying is gone in no time. */
const RETURN_LIMIT = 2_000;
const POLL = 20;

interface LinkEvents {
  /** A line is there; it counts as one when this has resolved. */
  joined(peer: Peer): Promise<void>;
  /** It broke, `age` ms after it began. */
  lost(age: number): void;
}

export class MasterLink {
  private readonly app: string;
  private readonly masters: Masters;
  private readonly events: LinkEvents;
  private line: MasterLine | null = null;
  /** Finding and launching, one at a time each. */
  private finding: Promise<Peer | null> | null = null;
  private arriving: Promise<Peer> | null = null;

  constructor(app: string, masters: Masters, events: LinkEvents) {
    this.app = app;
    this.masters = masters;
    this.events = events;
  }

  /** Null while there is no line. */
  get peer(): Peer | null {
    return this.line?.peer ?? null;
  }

  /** The master of the app, which is started when there is none. Rejects with MASTER_FAILED. */
  reach(record: AppRecord): Promise<Peer> {
    if (this.line) return Promise.resolve(this.line.peer);
    this.arriving ??= this.find()
      .then((found) => found ?? this.launch(record))
      .finally(() => (this.arriving = null));
    return this.arriving;
  }

  /** The master that is there, or on its way; null when there is none. Starts nothing. */
  async present(): Promise<Peer | null> {
    return this.line?.peer ?? (await this.arriving?.catch(() => null)) ?? null;
  }

  /** The master that lives already. Null when there is none; then nothing of a dead one is left. */
  find(): Promise<Peer | null> {
    this.finding ??= this.seek().finally(() => (this.finding = null));
    return this.finding;
  }

  /** Lets go of the master, which goes on without us. */
  close(): void {
    this.line?.close();
  }

  private async seek(): Promise<Peer | null> {
    const until = performance.now() + RETURN_LIMIT;
    for (;;) {
      try {
        return await this.connect();
      } catch (error) {
        if (!isAbsent(error)) throw this.silent(error);
        if (hasNot(error) || this.masters.living(this.app) === null) break;
        if (performance.now() > until) throw this.silent(error);
        await pause(POLL);
      }
    }
    this.masters.clear(this.app);
    return null;
  }

  private async launch(record: AppRecord): Promise<Peer> {
    await this.masters.start(record);
    return this.poll(performance.now() + LAUNCH_LIMIT);
  }

  private async poll(until: number): Promise<Peer> {
    for (;;) {
      try {
        return await this.connect();
      } catch (error) {
        if (performance.now() > until) throw this.silent(error);
        await pause(POLL);
      }
    }
  }

  private async connect(): Promise<Peer> {
    const since = performance.now();
    const line = await this.masters.connect(this.app, () => {
      if (this.line !== line) return;
      this.line = null;
      this.events.lost(performance.now() - since);
    });
    try {
      this.line = line;
      await this.events.joined(line.peer);
    } catch (error) {
      this.line = null;
      line.close();
      throw error;
    }
    return line.peer;
  }

  private silent(error: unknown): ZdmError {
    if (error instanceof ZdmError && error.code === 'VERSION') return error;
    const pid = this.masters.living(this.app);
    const master = `The master of ${this.app}${pid === null ? '' : ` (pid ${pid})`}`;
    if (pid !== null && isStopped(pid))
      return new ZdmError('MASTER_FAILED', `${master} is stopped. Let it go on: kill -CONT ${pid}`);
    return new ZdmError('MASTER_FAILED', `${master} does not answer: ${messageOf(error)}`);
  }
}

/** Nobody listens there, or whoever did has just ended, or does not have the app. */
function isAbsent(error: unknown): boolean {
  return isNobody(error) || (error instanceof ZdmError && ['DISCONNECTED', 'NO_SUCH_APP'].includes(error.code));
}

function hasNot(error: unknown): boolean {
  return error instanceof ZdmError && error.code === 'NO_SUCH_APP';
}

/** Whether a master did not do what was asked because it is on its way out, or gone. */
export function isLeaving(error: unknown): boolean {
  return error instanceof ZdmError && (error.code === 'ENDING' || error.code === 'DISCONNECTED');
}
