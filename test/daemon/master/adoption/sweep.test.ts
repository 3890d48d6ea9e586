import { mkdirSync, readdirSync, writeFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sweepRun } from '../../../../daemon/master/adoption/sweep.ts';
import { layoutOf, type Layout } from '../../../../daemon/protocol/layout.ts';
import { tempFolder } from '../../temp-folder.ts';

function home(...names: readonly string[]): Layout {
  const layout = layoutOf(tempFolder(), '/tmp');
  mkdirSync(layout.run, { recursive: true });
  for (const name of names) writeFileSync(path.join(layout.run, name), '');
  return layout;
}

function journal(layout: Layout, app: string, text: string): void {
  mkdirSync(layout.appFolder(app), { recursive: true });
  writeFileSync(layout.journal(app), text);
}

const outputs = ({ run }: Layout, ...names: readonly (string | null)[]): string =>
  JSON.stringify({ workers: names.map((name) => ({ output: name && path.join(run, name) })) });

test('what stands in a journal stays, with both of its ends; the others go', () => {
  const layout = home('a1.out', 'a1.err', 'b2.out', 'b2.err', 'c3.out', 'c3.err', 'd4.err');
  journal(layout, 'api', outputs(layout, 'a1', null));
  journal(layout, 'shop', outputs(layout, 'c3'));
  sweepRun(layout, '');
  expect(readdirSync(layout.run).toSorted()).toEqual(['a1.err', 'a1.out', 'c3.err', 'c3.out']);
});

test('preloads of other versions go when they are old: a worker may just be reading one', () => {
  const layout = home('preload-mine.cjs', 'preload-old.cjs', 'preload-new.cjs', 'preload-old.cjs.7.new');
  const old = Date.now() / 1_000 - 2 * 3_600;
  for (const name of ['preload-mine.cjs', 'preload-old.cjs', 'preload-old.cjs.7.new'])
    utimesSync(path.join(layout.run, name), old, old);
  sweepRun(layout, path.join(layout.run, 'preload-mine.cjs'));
  expect(readdirSync(layout.run).toSorted()).toEqual(['preload-mine.cjs', 'preload-new.cjs']);
});

test('what is nobody’s is left alone', () => {
  const layout = home('notes.txt', 'out', 'preload-x.cjs');
  sweepRun(layout, '');
  expect(readdirSync(layout.run).toSorted()).toEqual(['notes.txt', 'out', 'preload-x.cjs']);
});

test.each([
  ['half of it', '{"workers":[{"output":"/'],
  ['one without workers', '{"version":1}'],
  ['something else', '7'],
  ['nothing', ''],
])('a journal that cannot be understood keeps nothing, and does no harm to the others: %s', (_, text) => {
  const layout = home('a1.out', 'b2.out');
  journal(layout, 'api', outputs(layout, 'a1'));
  journal(layout, 'broken', text);
  sweepRun(layout, '');
  expect(readdirSync(layout.run)).toEqual(['a1.out']);
});

test('a home in which nothing ever ran is no trouble', () => {
  expect(() => sweepRun(layoutOf(path.join(tempFolder(), 'nowhere'), '/tmp'), '')).not.toThrow();
});
