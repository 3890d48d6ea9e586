// What is written down of an app, brought in line with what its master runs: a rollout may have failed, or gone back to other
// settings, and the next start is to run what serves.
import { isDeepStrictEqual } from 'node:util';
import type { AppSpec } from '../protocol/model.ts';
import { completeSpec } from '../protocol/older.ts';
import type { AppHandle } from './app-handle.ts';
import { agreedInstances } from './intent.ts';

export class Agreement {
  /** Of each app the operation after which its master was asked last. */
  private readonly asked = new Map<string, string>();
  private readonly note: (app: AppHandle, spec: AppSpec) => void;

  /** `note` writes the description down. */
  constructor(note: (app: AppHandle, spec: AppSpec) => void) {
    this.note = note;
  }

  /** Its master has told something new. */
  look(app: AppHandle): void {
    const { record, status } = app;
    const instances = agreedInstances(record, status);
    if (instances !== null) this.note(app, { ...record.spec, instances });
    const last = status.operations.findLast(({ endedAt }) => endedAt !== null);
    const isIdle = status.operations.every(({ endedAt }) => endedAt !== null);
    if (!record.up || !last || !isIdle || !app.hasMaster || this.asked.get(app.name) === last.op) return;
    this.asked.set(app.name, last.op);
    void this.compare(app);
  }

  private async compare(app: AppHandle): Promise<void> {
    const before = app.record;
    const told = (await app.query('description'))?.spec;
    const runs = told && completeSpec(told);
    // It had no time to answer: the next news is as good a moment.
    if (!runs) this.asked.delete(app.name);
    // What was said meanwhile is newer than the answer.
    if (!runs || app.record !== before || isDeepStrictEqual(runs, before.spec)) return;
    this.note(app, runs);
  }
}
