import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { ReleaseFile } from '../../../daemon/master/release-file.ts';
import { Releases } from '../../../daemon/master/releases.ts';
import type { AppSpec } from '../../../daemon/protocol/model.ts';
import { policyOf } from '../../../daemon/rollout/policy.ts';
import { sampleSpec } from '../sample-spec.ts';
import { tempFolder } from '../temp-folder.ts';

let folder: string;
let spec: AppSpec;
const scriptOf = (release: number): string => `${folder}/releases/${release}/app.js`;

function deploy(release: number): void {
  mkdirSync(`${folder}/releases/${release}`, { recursive: true });
  writeFileSync(scriptOf(release), String(release));
  rmSync(`${folder}/current`, { force: true });
  symlinkSync(`releases/${release}`, `${folder}/current`);
}

beforeEach(() => {
  folder = tempFolder();
  deploy(1);
  spec = sampleSpec({ script: `${folder}/current/app.js`, cwd: `${folder}/current` });
});

const scripts = (releases: Releases, ...generations: readonly number[]): (string | undefined)[] =>
  generations.map((generation) => releases.find(generation)?.script);

describe('an operation begins', () => {
  test('with the description that came with it, and the code that is there then', () => {
    const releases = new Releases(spec);
    const next = { ...spec, env: { RELEASE: '2' } };
    releases.ask('a', next);
    deploy(2);
    expect(releases.begin('a', 1)).toBe(next);
    expect(releases.of(1)).toMatchObject({ generation: 1, script: scriptOf(2), spec: next });
  });

  test('with the latest one when it brought none', () => {
    const releases = new Releases(spec);
    const next = { ...spec, env: { RELEASE: '2' } };
    releases.ask('a', next);
    releases.begin('a', 1);
    expect(releases.begin('b', 2)).toBe(next);
    expect(releases.of(2).spec).toBe(next);
  });

  test('and what came with it counts once', () => {
    const releases = new Releases(spec);
    const [next, after] = [
      { ...spec, args: ['2'] },
      { ...spec, args: ['3'] },
    ];
    releases.ask('a', next);
    releases.begin('a', 1);
    releases.ask('b', after);
    releases.begin('b', 2);
    expect(releases.begin('a', 3)).toBe(after);
  });

  test('and a generation that is known is what it was, wherever the link points', () => {
    const releases = new Releases(spec);
    releases.begin('start', 1);
    deploy(2);
    releases.ask('reload', { ...spec, env: { RELEASE: '2' } });
    releases.begin('reload', 2);
    expect(scripts(releases, 1, 2)).toEqual([scriptOf(1), scriptOf(2)]);
    deploy(3);
    // A rollback, with its environment and options.
    expect(releases.begin('rollback', 1)).toBe(spec);
    expect(scripts(releases, 1, 2)).toEqual([scriptOf(1), scriptOf(2)]);
    expect(releases.begin('scale', 1)).toBe(spec);
  });
});

test('a generation that nobody began is the latest description, and is not remembered', () => {
  const releases = new Releases(spec);
  expect(releases.find(7)).toBeNull();
  expect(releases.of(7)).toMatchObject({ generation: 7, spec, script: scriptOf(1) });
  expect([releases.find(7), releases.find(null), releases.find(undefined)]).toEqual([null, null, null]);
});

test('what takes the place of operations that wait has the description of the last that brought one', () => {
  const releases = new Releases(spec);
  const [one, two] = [
    { ...spec, args: ['1'] },
    { ...spec, args: ['2'] },
  ];
  releases.ask('a', one);
  releases.ask('c', two);
  expect(releases.askedWith(['a', 'b'])).toBe(one);
  expect(releases.askedWith(['a', 'b', 'c', 'd'])).toBe(two);
  expect(releases.askedWith(['c', 'a'])).toBe(one);
  expect([releases.askedWith(['b']), releases.askedWith([])]).toEqual([null, null]);
  releases.settle('c', 1, new Set());
  expect(releases.askedWith(['a', 'c'])).toBe(one);
});

describe('an operation has ended', () => {
  function three(): Releases {
    const releases = new Releases(spec);
    for (const generation of [1, 2, 3]) {
      deploy(generation);
      releases.ask(`op${generation}`, { ...spec, args: [`${generation}`] });
      releases.begin(`op${generation}`, generation);
    }
    return releases;
  }

  test('what new workers run is kept, and what may be needed', () => {
    const releases = three();
    expect(releases.settle('op3', 3, new Set([1])).args).toEqual(['3']);
    expect(scripts(releases, 1, 2, 3)).toEqual([scriptOf(1), undefined, scriptOf(3)]);
  });

  test('one that failed leaves the description of what serves', () => {
    const releases = three();
    expect(releases.settle('op3', 2, new Set([1, 2])).args).toEqual(['2']);
    expect(releases.begin('replace', 4).args).toEqual(['2']);
    expect(scripts(releases, 1, 2, 3)).toEqual([scriptOf(1), scriptOf(2), undefined]);
  });
});

describe('after the death of a master', () => {
  /** A master starts, reloads once, notes both releases and dies; meanwhile the link has moved on. */
  function died({ previous = true, change = {} }: { previous?: boolean; change?: Partial<AppSpec> } = {}): Releases {
    const before = new Releases(spec, new ReleaseFile(path.join(folder, 'releases.json'), 'api'));
    before.begin('start', 5);
    deploy(2);
    before.ask('reload', { ...spec, args: ['2'], minReady: 7, ...change });
    before.begin('reload', 6);
    before.note(6, previous ? 5 : undefined);
    deploy(3);
    return new Releases(spec, new ReleaseFile(path.join(folder, 'releases.json'), 'api'));
  }
  const now = (): AppSpec => ({ ...spec, args: ['2'], minReady: 7 });

  test('the same code is started again, and the one before can be gone back to', () => {
    const releases = died();
    const said = now();
    releases.ask('revive', said);
    expect(releases.recall(said)).toEqual({
      generation: 1,
      lastGeneration: 1,
      previous: { generation: 1, policy: policyOf(spec) },
    });
    expect(releases.begin('revive', 2)).toBe(said);
    expect(scripts(releases, 1, 2)).toEqual([scriptOf(1), scriptOf(2)]);
    expect([1, 2].map((generation) => releases.find(generation)?.generation)).toEqual([1, 2]);
  });

  test('when there was none before, it is the first', () => {
    const releases = died({ previous: false });
    expect(releases.recall(now())).toEqual({ generation: 0, lastGeneration: 0 });
    releases.ask('revive', now());
    releases.begin('revive', 1);
    expect(scripts(releases, 1, 2)).toEqual([scriptOf(2), undefined]);
  });

  test('how many workers there are is another matter', () => {
    const releases = died();
    const said = { ...now(), instances: 9 };
    expect(releases.recall(said)).toMatchObject({ generation: 1 });
    expect(releases.find(2)).toMatchObject({ script: scriptOf(2), spec: { instances: 9 } });
  });

  test.each<[string, Partial<AppSpec>]>([
    ['environment', { env: { NEW: '1' } }],
    ['script', { script: '/srv/other.js' }],
    ['options', { minReady: 8 }],
  ])('another %s was said meanwhile: the code is found out anew', (_, change) => {
    const releases = died();
    expect(releases.recall({ ...now(), ...change })).toEqual({});
    expect([releases.find(1), releases.find(2)]).toEqual([null, null]);
    releases.ask('revive', now());
    releases.begin('revive', 1);
    expect(scripts(releases, 1)).toEqual([scriptOf(3)]);
  });

  test.each([
    ['damaged', () => writeFileSync(`${folder}/releases.json`, '{"version":1,"current":')],
    ['gone', () => rmSync(`${folder}/releases.json`)],
  ])('what was noted is %s: the code is found out anew', (_, harm) => {
    const releases = died();
    harm();
    expect(releases.recall(now())).toEqual({});
    expect([releases.find(1), releases.find(2)]).toEqual([null, null]);
  });

  test('one that lives after all, and has begun something, keeps what it runs', () => {
    const releases = died();
    for (const generation of [1, 2, 3]) releases.begin(`op${generation}`, generation);
    expect(releases.recall(now())).toEqual({});
    expect(scripts(releases, 1, 2, 3)).toEqual([scriptOf(3), scriptOf(3), scriptOf(3)]);
  });

  test('without a file there is nothing to recall, and nothing is noted', () => {
    const releases = new Releases(spec);
    releases.begin('start', 1);
    releases.note(1, undefined);
    expect(releases.recall(spec)).toEqual({});
  });
});

test('nothing is noted of a generation that is not known', () => {
  const file = new ReleaseFile(path.join(folder, 'releases.json'), 'api');
  const releases = new Releases(spec, file);
  releases.note(1, undefined);
  expect(file.read()).toBeNull();
});

test('whoever takes the place of a master of 0.1.0 has the releases under the numbers that they had', () => {
  const old = new Releases(spec);
  old.begin('start', 6);
  deploy(2);
  old.ask('reload', { ...spec, minReady: 7 });
  old.begin('reload', 8);
  deploy(3);
  const [current, previous] = [old.of(8), old.of(6)];
  const next = new Releases(spec);
  expect(next.inherit({ current, previous })).toEqual({ previous: { generation: 6, policy: policyOf(spec) } });
  expect(scripts(next, 6, 8)).toEqual([scriptOf(1), scriptOf(2)]);
  expect(next.begin('fill', 8).minReady).toBe(7);
  const other = new Releases(spec);
  expect(other.inherit({ current, previous: null })).toEqual({});
  expect(scripts(other, 6, 8)).toEqual([undefined, scriptOf(2)]);
});

test('the next master has all of them, and what was asked and has not begun', () => {
  const old = new Releases(spec);
  old.begin('start', 1);
  deploy(2);
  old.begin('reload', 2);
  old.ask('late', { ...spec, minReady: 7 });
  deploy(3);
  const { releases, asked, latest } = JSON.parse(JSON.stringify(old.saved)) as typeof old.saved;
  const next = new Releases(spec);
  next.restore(releases, asked, latest);
  expect(next.saved).toEqual(old.saved);
  expect(scripts(next, 1, 2)).toEqual([scriptOf(1), scriptOf(2)]);
  expect(next.askedWith(['late'])?.minReady).toBe(7);
  expect(next.begin('late', 3).minReady).toBe(7);
});
