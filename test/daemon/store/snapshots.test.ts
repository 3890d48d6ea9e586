import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AppRecord } from '../../../daemon/store/stored-apps.ts';
import { isSpec } from '../../../daemon/control/validate.ts';
import { openSnapshots } from '../../../daemon/store/snapshots.ts';
import { sampleSpec } from '../sample-spec.ts';
import { tempFolder } from '../temp-folder.ts';

const APPS: readonly AppRecord[] = [
  { id: 0, spec: sampleSpec(), up: true, deleted: false },
  { id: 3, spec: sampleSpec({ name: 'off' }), up: false, deleted: false },
];

test('a snapshot is what was saved last under its name, private to its user', () => {
  const folder = `${tempFolder()}/snapshots`;
  openSnapshots(folder, isSpec).write('a', APPS);
  const file = openSnapshots(folder, isSpec).write('a', [APPS[1]!]);
  expect(file).toBe(`${folder}/a.json`);
  expect(openSnapshots(folder, isSpec).read('a')).toEqual([APPS[1]]);
  expect(readdirSync(folder)).toEqual(['a.json']);
  expect([statSync(file).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700]);
});

test('the newest is first in the list', () => {
  const folder = `${tempFolder()}/snapshots`;
  expect(openSnapshots(folder, isSpec).list()).toEqual([]);
  for (const name of ['b', 'a', 'c'])
    utimesSync(openSnapshots(folder, isSpec).write(name, APPS), 1, name === 'a' ? 2 : 1);
  expect(openSnapshots(folder, isSpec).list()[0]).toEqual({ name: 'a', savedAt: 2_000 });
  expect(openSnapshots(folder, isSpec).list()).toHaveLength(3);
});

test('one that is not there: the nearest, or that there is none', () => {
  const folder = `${tempFolder()}/snapshots`;
  expect(() => openSnapshots(folder, isSpec).read('before')).toThrow(
    'There is no snapshot "before": none was ever saved.',
  );
  openSnapshots(folder, isSpec).write('before', APPS);
  expect(() => openSnapshots(folder, isSpec).read('befor')).toThrow(
    'There is no snapshot "befor". Did you mean "before"?',
  );
});

test.each([
  ['', 'empty'],
  ['{"version":3,"apps":[{"id":0}]}', 'half an app'],
  ['{"version":99,"apps":[]}', 'of a newer version'],
])('a damaged one is an error and stays as it is, and can be saved anew: %s', (text) => {
  const folder = `${tempFolder()}/snapshots`;
  const file = openSnapshots(folder, isSpec).write('a', APPS);
  writeFileSync(file, text);
  expect(() => openSnapshots(folder, isSpec).read('a')).toThrow(
    expect.objectContaining({ code: 'BAD_SNAPSHOT', message: expect.stringContaining(file) as string }),
  );
  expect(readFileSync(file, 'utf8')).toBe(text);
  openSnapshots(folder, isSpec).write('a', APPS);
  expect(openSnapshots(folder, isSpec).read('a')).toEqual(APPS);
});
