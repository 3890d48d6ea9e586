// What is wanted, written down before it is acted on: what is not on disk is not done. Except for an end: an app that has to be
// stopped because it fills the disk must not need room for that.
import { Trouble } from '../os/trouble.ts';
import { messageOf, ZdmError } from '../protocol/errors.ts';
import type { RegistryFile } from '../store/registry-file.ts';
import type { AppRecord } from '../store/stored-apps.ts';

/** What could not be written is tried again after this time (ms). */
const AGAIN_AFTER = 2_000;

export class Notes {
  private readonly file: RegistryFile;
  private readonly records: () => readonly AppRecord[];
  private readonly trouble = new Trouble('writing the app list');
  private timer: NodeJS.Timeout | undefined;

  /** `records` are those of this moment. */
  constructor(file: RegistryFile, records: () => readonly AppRecord[]) {
    this.file = file;
    this.records = records;
  }

  /** Changes what is wanted of an app. Throws when that cannot be written; then nothing has changed. */
  change(app: { record: AppRecord }, change: Partial<AppRecord>): void {
    const before = app.record;
    app.record = { ...before, ...change };
    try {
      this.write();
    } catch (error) {
      app.record = before;
      throw error;
    }
  }

  /** The same with what must not wait for a disk that cannot be written. */
  changeInTime(app: { record: AppRecord }, change: Partial<AppRecord>): void {
    app.record = { ...app.record, ...change };
    this.writeInTime();
  }

  private write(): void {
    try {
      this.file.write(this.records());
    } catch (cause) {
      const why = `The app list could not be written: ${messageOf(cause)}`;
      const next = 'Nothing was changed. Can the disk be written, and is there room?';
      throw new ZdmError('DAEMON_FAILED', why, next, { cause });
    }
  }

  /** Writes as soon as it can be: should the daemon die before that, what is noted is forgotten. */
  writeInTime(): void {
    clearTimeout(this.timer);
    try {
      this.write();
      this.trouble.over();
    } catch (error) {
      this.trouble.met(error);
      this.timer = setTimeout(() => this.writeInTime(), AGAIN_AFTER).unref();
    }
  }
}
