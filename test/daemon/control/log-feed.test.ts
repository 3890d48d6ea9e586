import { appendFileSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { openLogFeed } from '../../../daemon/control/log-feed.ts';
import { stoppedStatus } from '../../../daemon/control/stopped-status.ts';
import type { AppStatus, LogLine, LogStream } from '../../../daemon/protocol/model.ts';
import type { Feed } from '../../../daemon/protocol/peer.ts';
import { until } from '../../helpers/until.ts';
import { sampleSpec } from '../sample-spec.ts';
import { tempFolder } from '../temp-folder.ts';

function appIn(folder: string, name: string): AppStatus {
  const spec = sampleSpec({ name, outFile: `${folder}/${name}-out.log`, errorFile: `${folder}/${name}-err.log` });
  return stoppedStatus({ id: 0, spec, up: true, deleted: false }, null);
}

interface Opened {
  readonly feed: Feed;
  /** Pushed lines that were taken, as `app stream text`. */
  readonly taken: string[];
  readonly ended: number;
  /** Whether pushes are taken. */
  quick: boolean;
}

const words = (lines: readonly LogLine[]): string[] => lines.map(({ app, stream, text }) => `${app} ${stream} ${text}`);

async function open(
  apps: readonly AppStatus[],
  options: { lines?: number; streams?: LogStream[]; follow?: boolean } = {},
): Promise<Opened> {
  const taken: string[] = [];
  let ended = 0;
  const opened = { quick: true };
  const push = (lines: readonly LogLine[]): boolean => {
    if (opened.quick) taken.push(...words(lines));
    return opened.quick;
  };
  const feed = await openLogFeed(
    apps,
    { lines: 10, streams: ['out', 'err'], follow: true, ...options },
    push,
    () => (ended += 1),
  );
  onTestFinished(() => feed.close());
  return Object.defineProperty(Object.assign(opened, { feed, taken }), 'ended', { get: () => ended }) as Opened;
}

const snapshotOf = ({ feed }: Opened): string[] => words(feed.snapshot() as LogLine[]);

test('the last lines of each file first, then new ones', async () => {
  const folder = tempFolder();
  const apps = ['api', 'web'].map((name) => appIn(folder, name));
  writeFileSync(`${folder}/api-out.log`, 'one\ntwo\nthree\n');
  writeFileSync(`${folder}/web-err.log`, 'bad\n');
  const opened = await open(apps, { lines: 2 });
  expect(snapshotOf(opened)).toEqual(['api out two', 'api out three', 'web err bad']);
  appendFileSync(`${folder}/api-out.log`, 'four\n');
  writeFileSync(`${folder}/web-out.log`, 'first\n');
  await until(() => opened.taken.length === 2);
  expect(opened.taken.toSorted()).toEqual(['api out four', 'web out first']);
  expect(opened.ended).toBe(0);
});

test('only the streams that were asked for', async () => {
  const folder = tempFolder();
  writeFileSync(`${folder}/api-out.log`, 'out\n');
  writeFileSync(`${folder}/api-err.log`, 'err\n');
  expect(snapshotOf(await open([appIn(folder, 'api')], { streams: ['err'] }))).toEqual(['api err err']);
});

test('without following it ends after the last lines', async () => {
  const folder = tempFolder();
  writeFileSync(`${folder}/api-out.log`, 'one\n');
  const opened = await open([appIn(folder, 'api')], { follow: false });
  expect(snapshotOf(opened)).toEqual(['api out one']);
  await until(() => opened.ended === 1);
});

test('nothing comes after it was closed', async () => {
  const folder = tempFolder();
  const app = appIn(folder, 'api');
  const [closed, other] = [await open([app]), await open([app])];
  closed.feed.close();
  writeFileSync(`${folder}/api-out.log`, 'late\n');
  await until(() => other.taken.length === 1);
  appendFileSync(`${folder}/api-out.log`, 'later\n');
  await until(() => other.taken.length === 2);
  expect(closed.taken).toEqual([]);
});

test('a slow reader loses no line: what it could not take is its next snapshot', async () => {
  const folder = tempFolder();
  const file = `${folder}/api-out.log`;
  writeFileSync(file, 'before\n');
  const app = appIn(folder, 'api');
  const [slow, quick] = [await open([app]), await open([app])];
  expect([slow, quick].map(snapshotOf)).toEqual([['api out before'], ['api out before']]);
  slow.quick = false;
  const all = Array.from({ length: 5 }, (_, index) => `line ${index}`);
  for (const [index, line] of all.entries()) {
    appendFileSync(file, `${line}\n`);
    await until(() => quick.taken.length === index + 1);
  }
  slow.quick = true;
  const later = snapshotOf(slow);
  expect(later.length).toBeGreaterThan(0);
  await until(() => later.length + slow.taken.length === all.length);
  expect([...later, ...slow.taken]).toEqual(all.map((line) => `api out ${line}`));
  expect(snapshotOf(slow)).toEqual([]);
});

test('a file that cannot be read does not hide the others', async () => {
  const folder = tempFolder();
  const broken = stoppedStatus(
    { id: 1, spec: sampleSpec({ name: 'web', outFile: folder, errorFile: folder }), up: true, deleted: false },
    null,
  );
  writeFileSync(`${folder}/api-out.log`, 'one\n');
  const opened = await open([broken, appIn(folder, 'api')]);
  expect(snapshotOf(opened)).toEqual(['api out one']);
  appendFileSync(`${folder}/api-out.log`, 'two\n');
  await until(() => opened.taken.includes('api out two'));
});
