import { writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { newestLines, openOutputFeed } from '../../../daemon/control/output-feed.ts';
import { stoppedStatus } from '../../../daemon/control/stopped-status.ts';
import { ZdmError } from '../../../daemon/protocol/errors.ts';
import type { OutputLine } from '../../../daemon/protocol/model.ts';
import type { Feed, Listener } from '../../../daemon/protocol/peer.ts';
import { inTime, until } from '../../helpers/until.ts';
import { sampleSpec } from '../sample-spec.ts';
import { tempFolder } from '../temp-folder.ts';

const GONE = new ZdmError('DISCONNECTED', 'The connection was lost.');

const line = (app: string, seq: number, at: number | null = seq): OutputLine => ({
  app,
  stream: 'out',
  text: `${seq}`,
  seq,
  at,
  slot: 0,
  generation: 1,
});

/** An app, with the master's end of its output in `listeners`. */
class FakeApp {
  readonly name: string;
  readonly status: ReturnType<typeof stoppedStatus>;
  readonly asked: number[] = [];
  readonly listeners = new Set<Listener>();
  hasMaster = true;
  /** What the master says first; null when it says nothing. */
  first: readonly OutputLine[] | null = [];

  constructor(folder: string, name: string) {
    this.name = name;
    const spec = sampleSpec({ name, outFile: `${folder}/${name}-out.log`, errorFile: `${folder}/${name}-err.log` });
    this.status = stoppedStatus({ id: 0, spec, up: true, deleted: false }, null);
  }

  followOutput(lines: number, listener: Listener): () => void {
    this.asked.push(lines);
    this.listeners.add(listener);
    const { first } = this;
    if (first) queueMicrotask(() => listener.snapshot(first));
    return () => this.listeners.delete(listener);
  }

  says(...lines: OutputLine[]): void {
    for (const listener of this.listeners) listener.event(lines);
  }

  ends(): void {
    this.hasMaster = false;
    for (const listener of this.listeners) listener.end(GONE);
    this.listeners.clear();
  }
}

interface Opened {
  /** As a client sees it: the snapshots and the events, as `app seq`. */
  readonly seen: string[];
  /** Whether pushes are taken. */
  quick: boolean;
  snapshot(): string[];
  joins(app: FakeApp): void;
  close(): void;
}

const words = (lines: readonly OutputLine[]): string[] => lines.map(({ app, seq, text }) => `${app} ${seq || text}`);

async function open(apps: readonly FakeApp[], targets: readonly string[] = [], lines = 10): Promise<Opened> {
  const seen: string[] = [];
  const watchers = new Set<(app: FakeApp) => void>();
  const opened = { seen, quick: true };
  let feed: Feed | undefined;
  const registry = {
    find: () => apps.filter(({ name }) => targets.length === 0 || targets.includes(name)),
    watch: (watcher: (app: FakeApp) => void) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
  // As a peer does it: nothing is taken before the first snapshot.
  feed = await openOutputFeed(registry, { targets, lines }, (batch) => {
    if (feed && opened.quick) seen.push(...words(batch));
    return feed !== undefined && opened.quick;
  });
  onTestFinished(() => feed.close());
  return Object.assign(opened, {
    snapshot: () => words(feed.snapshot() as OutputLine[]),
    close: () => feed.close(),
    joins(app: FakeApp) {
      app.hasMaster = true;
      for (const watcher of watchers) watcher(app);
    },
  });
}

test('the last lines of the masters, in the order of time, then new ones', async () => {
  const folder = tempFolder();
  const [api, web] = [new FakeApp(folder, 'api'), new FakeApp(folder, 'web')];
  api.first = [line('api', 7, 10), line('api', 8, 30)];
  web.first = [line('web', 1, 20)];
  const opened = await open([api, web], [], 2);
  expect(api.asked).toEqual([2]);
  expect(opened.snapshot()).toEqual(['api 7', 'web 1', 'api 8']);
  web.says(line('web', 2), line('web', 3));
  api.says(line('api', 9));
  expect(opened.seen).toEqual(['web 2', 'web 3', 'api 9']);
});

test('the files tell what no master knows, without times; those of an app with lines are not read', async () => {
  const folder = tempFolder();
  const [api, quiet, stopped] = ['api', 'quiet', 'stopped'].map((name) => new FakeApp(folder, name)) as [
    FakeApp,
    FakeApp,
    FakeApp,
  ];
  for (const { name } of [api, quiet, stopped]) writeFileSync(`${folder}/${name}-out.log`, 'old\nolder\noldest\n');
  writeFileSync(`${folder}/stopped-err.log`, 'bad\n');
  api.first = [line('api', 1)];
  stopped.hasMaster = false;
  const opened = await open([api, quiet, stopped], [], 2);
  expect(opened.snapshot()).toEqual([
    'quiet older',
    'quiet oldest',
    'stopped older',
    'stopped oldest',
    'stopped bad',
    'api 1',
  ]);
  expect(stopped.asked).toEqual([]);
});

test('a line that is printed while the files are read comes once', async () => {
  const folder = tempFolder();
  const app = new FakeApp(folder, 'api');
  writeFileSync(`${folder}/api-out.log`, 'old\n1\n');
  const opening = open([app]);
  await new Promise((resolve) => setImmediate(resolve));
  app.says(line('api', 1));
  expect((await opening).snapshot()).toEqual(['api 1']);
});

test('a master that ends and one that comes: its lines follow', async () => {
  const app = new FakeApp(tempFolder(), 'api');
  const opened = await open([app], ['api']);
  opened.snapshot();
  app.says(line('api', 41));
  app.ends();
  app.first = [line('api', 1), line('api', 2)];
  opened.joins(app);
  await until(() => opened.seen.length === 3);
  // Heard of twice, it is followed once.
  opened.joins(app);
  app.says(line('api', 3));
  expect(opened.seen).toEqual(['api 41', 'api 1', 'api 2', 'api 3']);
});

test('without targets apps that come later are followed, with targets they are not', async () => {
  const folder = tempFolder();
  const [api, later] = [new FakeApp(folder, 'api'), new FakeApp(folder, 'later')];
  const [all, one] = [await open([api]), await open([api], ['api'])];
  for (const opened of [all, one]) expect(opened.snapshot()).toEqual([]);
  for (const opened of [all, one]) opened.joins(later);
  expect(later.asked).toHaveLength(1);
  later.says(line('later', 1));
  expect([all.seen, one.seen]).toEqual([['later 1'], []]);
});

test('a reader that is slow gets the newest of what it left', async () => {
  const app = new FakeApp(tempFolder(), 'api');
  const opened = await open([app]);
  expect(opened.snapshot()).toEqual([]);
  opened.quick = false;
  for (let seq = 1; seq <= 20_000; seq += 100)
    app.says(...Array.from({ length: 100 }, (_, index) => line('api', seq + index)));
  opened.quick = true;
  const left = opened.snapshot();
  expect(left).toHaveLength(10_000);
  expect([left[0], left.at(-1)]).toEqual(['api 10001', 'api 20000']);
  app.says(line('api', 20_001));
  expect(opened.seen).toEqual(['api 20001']);
});

test('a master that does not answer holds nobody up', async () => {
  const folder = tempFolder();
  const [api, stuck] = [new FakeApp(folder, 'api'), new FakeApp(folder, 'stuck')];
  api.first = [line('api', 1)];
  stuck.first = null;
  const opened = await inTime(open([api, stuck]), 5_000, 'the beginning');
  expect(opened.snapshot()).toEqual(['api 1']);
  stuck.says(line('stuck', 5));
  expect(opened.seen).toEqual(['stuck 5']);
});

test('nothing flows when it was closed', async () => {
  const folder = tempFolder();
  const [api, later] = [new FakeApp(folder, 'api'), new FakeApp(folder, 'later')];
  const opened = await open([api]);
  opened.close();
  opened.joins(later);
  expect([...api.listeners, ...later.listeners]).toEqual([]);
});

test('of many long lines those that fit are kept', () => {
  const lines = Array.from({ length: 1_000 }, (_, seq) => ({ ...line('api', seq), text: 'x'.repeat(8_192) }));
  const kept = newestLines(lines);
  expect([kept.length, kept.at(-1)?.seq]).toEqual([256, 999]);
  expect(newestLines(lines.slice(0, 3))).toHaveLength(3);
});
