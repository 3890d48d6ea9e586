// Masters that live in this process.
import { canMove } from '../connections/self-test.ts';
import type { MasterLine, Masters } from '../control/masters.ts';
import { Master, type MasterSignal } from '../master/master.ts';
import type { OpenSink } from '../master/output.ts';
import { ZdmError } from '../protocol/errors.ts';
import type { AppRecord } from '../store/stored-apps.ts';
import { lineTo } from './line.ts';

export interface HouseOptions {
  /** Path of the built preload. */
  readonly preload: string;
  /** Where the output of workers goes. */
  readonly open: OpenSink;
  /** Workers get and send messages in the words of master-process. */
  readonly tellsWorkers: boolean;
}

export class MastersHere implements Masters {
  private readonly options: HouseOptions;
  private readonly moving = canMove();
  private readonly masters = new Map<string, { readonly master: Master; readonly lines: Set<MasterLine> }>();

  constructor(options: HouseOptions) {
    this.options = options;
  }

  start({ id, spec }: AppRecord): Promise<void> {
    const lines = new Set<MasterLine>();
    const ended = (): void => {
      this.masters.delete(spec.name);
      for (const line of lines) line.close();
    };
    const master = new Master(id, spec, {
      ...this.options,
      preload: () => this.options.preload,
      canMove: this.moving,
      inForeground: true,
      socket: null,
      fifos: null,
      epoch: 1,
      ended,
    });
    this.masters.set(spec.name, { master, lines });
    return Promise.resolve();
  }

  connect(app: string, lost: () => void): Promise<MasterLine> {
    const one = this.masters.get(app);
    if (!one) return Promise.reject(new ZdmError('DISCONNECTED', `${app} has no master.`));
    const line = lineTo(one.master.service(), () => {
      one.lines.delete(line);
      lost();
    });
    one.lines.add(line);
    return Promise.resolve(line);
  }

  forget(): void {
    // Nothing of them is on disk.
  }

  living(): null {
    return null;
  }

  /** They end with this process. */
  hasWorkers(): boolean {
    return false;
  }

  heirOf(): Promise<null> {
    return Promise.resolve(null);
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  renew(): Promise<never> {
    return Promise.reject(new ZdmError('BAD_REQUEST', 'Without a daemon no master can be replaced.'));
  }

  /** They die with this process, and so do the lines to them. */
  clear(): void {}

  /** None lives before it was started here. */
  find(): Promise<readonly AppRecord[]> {
    return Promise.resolve([]);
  }

  /** Each does what the signal is for. */
  signalled(signal: MasterSignal): void {
    for (const { master } of this.masters.values()) master.signalled(signal);
  }

  /** Ends all workers at once. */
  async killAll(): Promise<void> {
    await Promise.all([...this.masters.values()].map(({ master }) => master.killAll()));
  }

  /** Resolves when nothing of the workers that have ended is left. */
  async swept(): Promise<void> {
    await Promise.all([...this.masters.values()].map(({ master }) => master.swept()));
  }
}
