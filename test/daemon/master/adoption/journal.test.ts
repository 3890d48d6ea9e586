import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Journal, type SavedApp } from '../../../../daemon/master/adoption/journal.ts';
import { steady } from '../../../../daemon/os/clock.ts';
import { monotonic } from '../../../../daemon/protocol/worker-link.ts';
import { Stage } from '../../../rollout/stage.ts';
import { sampleSpec } from '../../sample-spec.ts';
import { tempFolder } from '../../temp-folder.ts';

/** In the middle of a canary, with everything that a machine may have. */
function saved(change: Partial<SavedApp> = {}): SavedApp {
  const canary = {
    share: { unit: 'percent', value: 10 },
    bake: 60_000,
    maxErrorRate: 0.01,
    maxLatencyRatio: null,
    minRequests: 50,
  } as const;
  const stage = Stage.serving(3, { strategy: 'canary', canary, bake: 5_000 });
  stage.ask('reload');
  stage.listening(4);
  stage.ask('scale', { instances: 5 });
  return {
    machine: stage.machine,
    workers: [{ id: 1, pid: 4_711, start: '99', mark: 'api.7.1', output: '/run/ab12' }],
    releases: [],
    asked: [['later', sampleSpec({ instances: 5 })]],
    latest: sampleSpec(),
    since: 12,
    operations: [],
    events: [],
    lastExit: null,
    ...change,
  };
}

const fileIn = (folder: string): string => path.join(folder, 'apps', 'api', 'journal.json');

/** What is in the file, with some of it changed. */
function rewrite(file: string, change: (content: Record<string, unknown>) => unknown): void {
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)));
}

describe('what the next master reads', () => {
  test('is all that was written last, also of a machine in the middle of something', () => {
    const file = fileIn(tempFolder());
    const journal = new Journal(file, 'api');
    journal.write(saved({ since: 1 }));
    journal.write(saved({ since: 2 }));
    expect(new Journal(file, 'api').read()).toEqual(saved({ since: 2 }));
    expect(readdirSync(path.dirname(file))).toEqual(['journal.json']);
  });

  test('nobody else can read: the values of variables are in it', () => {
    const file = fileIn(tempFolder());
    new Journal(file, 'api').write(saved());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  });

  test.each<[string, (file: string) => void]>([
    ['there is no file', (file) => rmSync(file)],
    ['it is of another version', (file) => rewrite(file, (content) => ({ ...content, version: 2 }))],
    ['it is of no version', (file) => rewrite(file, (content) => ({ ...content, version: undefined }))],
    ['it has no clock', (file) => rewrite(file, (content) => ({ ...content, clock: undefined }))],
    ['half of it is there', (file) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, 300))],
    ['it is empty', (file) => writeFileSync(file, '')],
    ['it is something else', (file) => writeFileSync(file, 'null')],
    ['it is a folder', (file) => (rmSync(file), mkdirSync(file))],
  ])('is nothing when %s', (_, damage) => {
    const file = fileIn(tempFolder());
    new Journal(file, 'api').write(saved());
    damage(file);
    expect(new Journal(file, 'api').read()).toBeNull();
  });

  test('is nothing when the app was stopped', () => {
    const file = fileIn(tempFolder());
    const journal = new Journal(file, 'api');
    journal.write(saved());
    journal.remove();
    expect(journal.read()).toBeNull();
    // Twice is no trouble.
    journal.remove();
  });

  test('comes with the clock of the master before: its deadlines mean what they meant', () => {
    const file = fileIn(tempFolder());
    new Journal(file, 'api').write(saved());
    // That one's clock was ten minutes ahead, and it was killed three seconds ago.
    const theirs = steady() + 600_000;
    rewrite(file, (content) => ({ ...content, clock: { steady: theirs, monotonic: monotonic() - 3_000 } }));
    new Journal(file, 'api').read();
    const off = steady() - (theirs + 3_000);
    expect(off).toBeGreaterThanOrEqual(-2);
    expect(off).toBeLessThan(1_000);
  });
});

describe('writing', () => {
  test('is left out where nothing has changed', () => {
    const file = fileIn(tempFolder());
    const journal = new Journal(file, 'api');
    journal.write(saved());
    const { ino } = statSync(file);
    journal.write(saved());
    expect(statSync(file).ino).toBe(ino);
    journal.write(saved({ since: 13 }));
    expect(statSync(file).ino).not.toBe(ino);
  });

  test('that fails throws nothing, leaves what was there, and is done with the next change', () => {
    const folder = tempFolder();
    const file = fileIn(folder);
    const journal = new Journal(file, 'api');
    journal.write(saved());
    // A folder in the place of the draft: not even root writes there.
    mkdirSync(`${file}.new`);
    journal.write(saved({ since: 13 }));
    expect(journal.read()).toMatchObject({ since: 12 });
    rmSync(`${file}.new`, { recursive: true });
    journal.write(saved({ since: 13 }));
    expect(journal.read()).toMatchObject({ since: 13 });
  });

  test('makes the folder, also when somebody has removed it meanwhile', () => {
    const folder = tempFolder();
    const file = fileIn(folder);
    const journal = new Journal(file, 'api');
    journal.write(saved());
    rmSync(path.join(folder, 'apps'), { recursive: true });
    journal.write(saved({ since: 13 }));
    expect(existsSync(file)).toBe(true);
  });

  test('corrects the mode of a file that somebody has opened to all', () => {
    const file = fileIn(tempFolder());
    const journal = new Journal(file, 'api');
    journal.write(saved());
    chmodSync(file, 0o644);
    journal.write(saved({ since: 13 }));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
