// What masters that were killed have left in the run folder, and nobody needs.
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '../../protocol/layout.ts';

/** A worker reads its preload in its first moments; after this time (ms) nobody needs that of a master of another version. */
const OLD = 3_600_000;

/** Removes FIFOs that stand in no app's journal, and old preloads but `preload`. Called before anything is made there. */
export function sweepRun({ home, run, journal }: Layout, preload: string): void {
  const inUse = new Set(namesIn(join(home, 'apps')).flatMap((app) => outputsIn(journal(app))));
  for (const name of namesIn(run)) {
    const file = join(run, name);
    const fifo = /^(.+)\.(out|err)$/.exec(file)?.[1];
    const isLeft = fifo === undefined ? file !== preload && ageOf(file) > OLD : !inUse.has(fifo);
    if (isLeft) rmSync(file, { force: true });
  }
}

function ageOf(file: string): number {
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
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
