// The line to an app's master: the one that lives, or a new one.
import { isNobody } from '../os/unix-socket.ts';
import { PROTOCOL } from '../protocol/contract.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import type { Peer } from '../protocol/peer.ts';
import { VERSION } from '../protocol/version.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import type { MasterLine, Masters } from './masters.ts';

/** A new master has this long (ms) until it answers; a living one answers within the second. */
const LAUNCH_LIMIT = 10_000;
const GREET_LIMIT = 2_000;
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
    this.finding ??= this.connect()
      .catch((error: unknown) => {
        if (!isAbsent(error)) throw this.silent(error);
        this.masters.clear(this.app);
        return null;
      })
      .finally(() => (this.finding = null));
    return this.finding;
  }

  /** Lets go of the master, which goes on without us. */
  close(): void {
    this.line?.close();
  }

  private async launch(record: AppRecord): Promise<Peer> {
    const { failed } = await this.masters.start(record);
    return Promise.race([this.poll(Date.now() + LAUNCH_LIMIT), failed]);
  }

  private async poll(until: number): Promise<Peer> {
    for (;;) {
      try {
        return await this.connect();
      } catch (error) {
        if (Date.now() > until) throw this.silent(error);
        await new Promise((resolve) => setTimeout(resolve, POLL));
      }
    }
  }

  private async connect(): Promise<Peer> {
    const since = Date.now();
    const line = await this.masters.connect(this.app, () => {
      if (this.line !== line) return;
      this.line = null;
      this.events.lost(Date.now() - since);
    });
    try {
      await line.peer.call('hello', { protocol: PROTOCOL, version: VERSION }, GREET_LIMIT);
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
    return new ZdmError('MASTER_FAILED', `The master of ${this.app} does not answer: ${messageOf(error)}`);
  }
}

/** Nobody listens there, or whoever did has just ended. */
function isAbsent(error: unknown): boolean {
  return isNobody(error) || (error instanceof ZdmError && error.code === 'DISCONNECTED');
}
