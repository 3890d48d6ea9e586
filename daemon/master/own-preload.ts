// The preload of this master's own version, wherever the package has gone. After another version was installed over it, or it was
// removed, a master that runs still replaces workers that crash: with the preload that it speaks with.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logEvent } from '../os/log.ts';
import { messageOf } from '../protocol/errors.ts';

export class OwnPreload {
  private readonly packaged: string;
  private readonly kept: string;
  private readonly code: Buffer;

  /** `packaged` is the built file. */
  constructor(packaged: string, folder: string) {
    this.packaged = packaged;
    this.code = readFileSync(packaged);
    // Masters of one version share it: a worker that one of them has just started may read it when that one has gone.
    const digest = createHash('sha256').update(this.code).digest('hex').slice(0, 12);
    this.kept = join(folder, `preload-${digest}.cjs`);
  }

  /** For a worker that is started now. */
  get path(): string {
    try {
      if (!existsSync(this.kept)) this.keep();
      return this.kept;
    } catch (error) {
      logEvent('preload not kept', { file: this.kept, error: messageOf(error) });
      return this.packaged;
    }
  }

  private keep(): void {
    mkdirSync(join(this.kept, '..'), { recursive: true, mode: 0o700 });
    const part = `${this.kept}.${process.pid}.new`;
    writeFileSync(part, this.code, { mode: 0o600 });
    renameSync(part, this.kept);
  }
}
