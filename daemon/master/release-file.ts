// What an app runs and what it ran before, on disk: a master that died is replaced by one that starts the same code again, and
// can still go back.
import { readFileSync } from 'node:fs';
import { replaceFile } from '../os/replace-file.ts';
import { Trouble } from '../os/trouble.ts';
import type { Kept, Release } from '../protocol/master-contract.ts';
import { completeSpec } from '../protocol/older.ts';

/** PERSISTED: a change of the shape needs a new version. */
const VERSION = 1;

export class ReleaseFile {
  private readonly file: string;
  private readonly trouble: Trouble;
  private written = '';

  /** `file` has the values of the app's variables in it: it is readable by this user only. */
  constructor(file: string, app: string) {
    this.file = file;
    this.trouble = new Trouble('noting the releases', { app });
  }

  /** Null when nothing usable is there: then the code is found out anew. */
  read(): Kept | null {
    try {
      const { version, current, previous } = JSON.parse(readFileSync(this.file, 'utf8')) as Partial<Kept> & {
        version?: unknown;
      };
      if (version !== VERSION || !isRelease(current)) return null;
      return { current: complete(current), previous: isRelease(previous) ? complete(previous) : null };
    } catch {
      return null;
    }
  }

  /** A disk that cannot be written is no reason to fail: the next change is noted again. */
  write(kept: Kept): void {
    const text = `${JSON.stringify({ version: VERSION, ...kept })}\n`;
    if (text === this.written) return;
    try {
      replaceFile(this.file, text);
      this.written = text;
      this.trouble.over();
    } catch (error) {
      this.trouble.met(error);
    }
  }
}

function isRelease(value: unknown): value is Release {
  const { generation, spec, script, cwd, mark } = (value ?? {}) as Partial<Release>;
  const texts = [script, cwd, mark, spec?.script].every((text) => typeof text === 'string');
  return texts && Number.isInteger(generation);
}

function complete(release: Release): Release {
  return { ...release, spec: completeSpec(release.spec) };
}
