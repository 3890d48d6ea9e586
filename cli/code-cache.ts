// Compiled code, kept in the home. V8 refuses what another version of it wrote, but trusts the bytes (a flipped one crashes it,
// seen on Node 20.20 and 24.21): a file is there whole or not at all, and only its owner can write it.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '../daemon/protocol/layout.ts';

export interface CodeCache {
  /** Undefined when there is none. */
  read(): Buffer | undefined;
  /** Never throws: a home that is missing, full or read-only only means compiling again. */
  write(code: Buffer): void;
}

/** The compiled form of the built file `name` with that digest. */
export function codeCache({ cache }: Pick<Layout, 'cache'>, name: string, digest: string): CodeCache {
  const file = join(cache, `${name}-${digest}-${process.version}`);
  return {
    read() {
      try {
        return readFileSync(file);
      } catch {
        return undefined;
      }
    },
    write(code) {
      try {
        // Not recursive: looking at nothing makes no home.
        mkdirSync(cache, { mode: 0o700 });
      } catch {
        // It is there, or cannot be.
      }
      try {
        const part = `${file}.${process.pid}.part`;
        // Flushed before it gets its name: no power cut leaves half of it.
        writeFileSync(part, code, { mode: 0o600, flush: true });
        renameSync(part, file);
        for (const old of readdirSync(cache))
          if (old.startsWith(`${name}-`) && (!old.startsWith(`${name}-${digest}`) || old.endsWith('.part')))
            rmSync(join(cache, old), { force: true });
      } catch {
        // Then the next command compiles again.
      }
    },
  };
}
