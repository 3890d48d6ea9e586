import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReleaseFile } from '../../../daemon/master/release-file.ts';
import { sendEventsTo } from '../../../daemon/os/log.ts';
import { SPEC_DEFAULTS } from '../../../daemon/protocol/defaults.ts';
import type { Kept, Release } from '../../../daemon/protocol/master-contract.ts';
import { sampleSpec } from '../sample-spec.ts';
import { tempFolder } from '../temp-folder.ts';

let said: string[];
beforeEach(() => {
  said = [];
  sendEventsTo((event, facts) => said.push(`${event} ${String(facts['app'])}`));
});
afterEach(() => sendEventsTo(() => undefined));

const release = (generation: number): Release => ({
  generation,
  spec: sampleSpec(),
  script: `/srv/releases/${generation}/api.js`,
  cwd: `/srv/releases/${generation}`,
  mark: `mark ${generation}`,
  startedAt: 1_000 * generation,
});
const BOTH: Kept = { current: release(4), previous: release(3) };
const ALONE: Kept = { current: release(1), previous: null };

test.each([
  ['with the one before', BOTH],
  ['alone', ALONE],
])('what runs is read as it was written, %s', (_, kept) => {
  const folder = tempFolder();
  new ReleaseFile(path.join(folder, 'releases.json'), 'api').write(kept);
  expect(new ReleaseFile(path.join(folder, 'releases.json'), 'api').read()).toEqual(kept);
  expect(readdirSync(folder)).toEqual(['releases.json']);
  // Values of variables are in it.
  expect(statSync(`${folder}/releases.json`).mode & 0o777).toBe(0o600);
});

test('the last write counts, and the same again writes nothing', () => {
  const folder = tempFolder();
  const file = new ReleaseFile(path.join(folder, 'releases.json'), 'api');
  file.write(ALONE);
  file.write(BOTH);
  expect(file.read()).toEqual(BOTH);
  const inode = statSync(`${folder}/releases.json`).ino;
  file.write(structuredClone(BOTH));
  expect(statSync(`${folder}/releases.json`).ino).toBe(inode);
  file.write(ALONE);
  expect(file.read()).toEqual(ALONE);
});

test('a description of an older zdm is completed', () => {
  const folder = tempFolder();
  const { strategy, surge, health, ...older } = sampleSpec();
  const kept = { version: 1, current: { ...release(4), spec: older }, previous: { ...release(3), spec: older } };
  writeFileSync(`${folder}/releases.json`, JSON.stringify(kept));
  const read = new ReleaseFile(path.join(folder, 'releases.json'), 'api').read();
  expect([strategy, surge, health]).toEqual([SPEC_DEFAULTS.strategy, SPEC_DEFAULTS.surge, SPEC_DEFAULTS.health]);
  expect(read).toEqual(BOTH);
});

const WHOLE = JSON.stringify({ version: 1, ...BOTH });
const changed = (change: object): string => JSON.stringify({ version: 1, ...BOTH, ...change });

test.each([
  ['empty', ''],
  ['half of it', WHOLE.slice(0, WHOLE.length / 2)],
  ['zeros, after a power cut', '\0'.repeat(WHOLE.length)],
  ['nothing', 'null'],
  ['a list', '[]'],
  ['a text', '"releases"'],
  ['of another version', changed({ version: 2 })],
  ['without a version', changed({ version: undefined })],
  ['without what runs', changed({ current: null })],
  ['with something else in its place', changed({ current: 'api.js' })],
  ['without a generation', changed({ current: { ...release(4), generation: '4' } })],
  ['without a script', changed({ current: { ...release(4), script: undefined } })],
  ['without a mark', changed({ current: { ...release(4), mark: 7 } })],
  ['without a description', changed({ current: { ...release(4), spec: null } })],
  ['with a description of nothing', changed({ current: { ...release(4), spec: {} } })],
])('a file that is %s is none, and the next write mends it', (_, text) => {
  const folder = tempFolder();
  const file = new ReleaseFile(path.join(folder, 'releases.json'), 'api');
  expect(file.read()).toBeNull();
  writeFileSync(`${folder}/releases.json`, text);
  expect(file.read()).toBeNull();
  file.write(BOTH);
  expect(file.read()).toEqual(BOTH);
});

test('of one whose previous release is damaged, what runs is still known', () => {
  const folder = tempFolder();
  writeFileSync(`${folder}/releases.json`, changed({ previous: { generation: 3 } }));
  expect(new ReleaseFile(path.join(folder, 'releases.json'), 'api').read()).toEqual({ ...BOTH, previous: null });
});

test('a disk that cannot be written is said once, and when it can', () => {
  const folder = `${tempFolder()}/gone`;
  const file = new ReleaseFile(path.join(folder, 'releases.json'), 'api');
  file.write(ALONE);
  file.write(BOTH);
  file.write(BOTH);
  expect(said).toEqual(['noting the releases failed api']);
  mkdirSync(folder);
  // The same as was tried before: it has never been written.
  file.write(BOTH);
  expect(said.slice(1)).toEqual(['noting the releases works again api']);
  expect(readFileSync(`${folder}/releases.json`, 'utf8')).toBe(`${WHOLE}\n`);
});
