// What the next master has to know of an app when this one is killed: the whole state of its machine, its workers, the releases that are
// in use, and its story. Written whenever that has changed; a master that stops the app itself removes it.
import { readFileSync, renameSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { continueClock, steady } from '../../os/clock.ts';
import { isAlive, type ProcessIdentity } from '../../os/process-identity.ts';
import { Trouble } from '../../os/trouble.ts';
import type { Release } from '../../protocol/master-contract.ts';
import type { AppEvent, AppSpec, ExitRecord, OperationStatus } from '../../protocol/model.ts';
import { monotonic } from '../../protocol/worker-link.ts';
import type { Machine } from '../../rollout/types.ts';

/** PERSISTED, but read by the next master of the same machine only: what is of another version is worth nothing. */
const VERSION = 1;

/** A process of the app. */
export interface SavedWorker extends ProcessIdentity {
  readonly id: number;
  readonly mark: string;
  /** Where its output comes from (Fifos); null where that ends with its master. */
  readonly output: string | null;
}

export interface SavedApp {
  readonly machine: Machine;
  readonly workers: readonly SavedWorker[];
  readonly releases: readonly Release[];
  /** Descriptions that came with operations which have not begun. */
  readonly asked: readonly (readonly [op: string, spec: AppSpec])[];
  readonly latest: AppSpec;
  readonly since: number;
  readonly operations: readonly OperationStatus[];
  readonly events: readonly AppEvent[];
  readonly lastExit: ExitRecord | null;
}

export class Journal {
  private readonly file: string;
  private readonly trouble: Trouble;
  private written = '';

  /** The values of the app's variables are in `file`: it is readable by this user only. */
  constructor(file: string, app: string) {
    this.file = file;
    this.trouble = new Trouble('writing the journal', { app });
  }

  /**
   * What a killed master has left; null when there is nothing to go on with, or it is of another boot of the machine. The clock of this
   * process goes on where that one's was: times in a machine are times of it.
   */
  read(): SavedApp | null {
    try {
      const { version, boot, clock, ...saved } = JSON.parse(readFileSync(this.file, 'utf8')) as SavedApp & Stamp;
      if (version !== VERSION || (boot !== bootOf() && !saved.workers.some(isAlive))) return null;
      continueClock(clock.steady + (monotonic() - clock.monotonic));
      return saved;
    } catch {
      return null;
    }
  }

  /** A disk that cannot be written is no reason to fail: the next change is noted again. */
  write(saved: SavedApp): void {
    const text = JSON.stringify(saved);
    if (text === this.written) return;
    try {
      this.put(text);
      this.written = text;
      this.trouble.over();
    } catch (error) {
      this.trouble.met(error);
    }
  }

  /** The app has been stopped: nothing of it is left. */
  remove(): void {
    rmSync(this.file, { force: true });
  }

  /** Not fsync: after a power cut there are no workers to be found. */
  private put(text: string): void {
    const stamp: Stamp = { version: VERSION, boot: bootOf(), clock: { steady: steady(), monotonic: monotonic() } };
    const part = `${this.file}.new`;
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    writeFileSync(part, `${JSON.stringify(stamp).slice(0, -1)},${text.slice(1)}`, { mode: 0o600 });
    renameSync(part, this.file);
  }
}

/** Another one for each boot of the machine, where the system tells. */
function bootOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

interface Stamp {
  readonly version: number;
  readonly boot: string;
  readonly clock: { readonly steady: number; readonly monotonic: number };
}
