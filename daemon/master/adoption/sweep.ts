// What masters that were killed have left in the run folder, and nobody needs.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf } from '../../os/process-identity.ts';
import type { Layout } from '../../protocol/layout.ts';

/** Removes FIFOs that stand in no app's journal, and preloads of masters that are dead. Called before anything is made there. */
export function sweepRun({ home, run, journal }: Layout): void {
  const inUse = new Set(namesIn(join(home, 'apps')).flatMap((app) => outputsIn(journal(app))));
  for (const name of namesIn(run)) {
    const fifo = /^(.+)\.(out|err)$/.exec(name)?.[1];
    const pid = /^preload-(\d+)\.cjs/.exec(name)?.[1];
    const isLeft =
      fifo !== undefined ? !inUse.has(join(run, fifo)) : pid !== undefined && identityOf(Number(pid)) === null;
    if (isLeft) rmSync(join(run, name), { force: true });
  }
}

function outputsIn(file: string): string[] {
  try {
    const { workers } = JSON.parse(readFileSync(file, 'utf8')) as { workers: { output?: string | null }[] };
    return workers.flatMap(({ output }) => output ?? []);
  } catch {
    return [];
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
