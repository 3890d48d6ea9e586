// The preload of this master's own version, wherever the package has gone. After another version was installed over it, or it was
// removed, a master that runs still replaces workers that crash: with the preload that it speaks with.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logEvent } from '../os/log.ts';
import { messageOf } from '../protocol/errors.ts';

export class OwnPreload {
  private readonly packaged: string;
  private readonly kept: string;
  private readonly code: Buffer;

  /** `packaged` is the built file, `folder` the app's. */
  constructor(packaged: string, folder: string) {
    this.packaged = packaged;
    // While a master hands over, an app has two.
    this.kept = join(folder, `preload-${process.pid}.cjs`);
    this.code = readFileSync(packaged);
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

  /** No worker will be started any more. */
  remove(): void {
    rmSync(this.kept, { force: true });
  }

  private keep(): void {
    mkdirSync(join(this.kept, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.kept}.new`, this.code, { mode: 0o600 });
    renameSync(`${this.kept}.new`, this.kept);
  }
}
