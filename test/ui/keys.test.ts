import type { Key } from 'ink';
import { describe, expect, test } from 'vitest';
import { keyNames } from '../../ui/key-names.ts';
import { commandFor, KEYS, keyBar, type Place } from '../../ui/keys.ts';

const PLACES: readonly Place[] = ['overview', 'app', 'help'];

test('no key means two things in one place', () => {
  for (const place of PLACES) {
    const keys = KEYS.filter(({ places }) => places.includes(place)).flatMap((binding) => binding.keys);
    expect(keys.toSorted()).toEqual([...new Set(keys)].toSorted());
  }
});

test.each([
  ['overview', 'j', 'next'],
  ['overview', 'up', 'previous'],
  ['overview', 'enter', 'open'],
  ['overview', 'r', 'reload'],
  ['overview', 'q', 'quit'],
  ['overview', 'escape', null],
  ['app', 'r', 'reload'],
  ['app', 'escape', 'back'],
  ['app', 'q', 'back'],
  ['app', 'enter', null],
  ['help', 'r', null],
  ['help', 'j', null],
  ['help', 'q', 'back'],
  ['help', '?', 'back'],
] as const)('in %s %s is %s', (place, key, command) => {
  expect(commandFor(place, key)).toBe(command);
});

test.each(PLACES)('Ctrl-C quits from %s', (place) => {
  expect(commandFor(place, 'ctrl-c')).toBe('quit');
});

describe('key bar', () => {
  test.each([
    [80, ' enter open  ← → workers  o sort  r reload  ? help  q quit'],
    [50, ' enter open  ← → workers  r reload  ? help  q quit'],
    [40, ' enter open  r reload  ? help  q quit'],
    [20, ' r reload  q quit'],
    [8, ' q quit'],
    [3, ''],
  ])('at %i cells keeps the important keys', (width, bar) => {
    expect(keyBar('overview', width)).toBe(bar);
  });

  test.each(PLACES)('of %s names only keys that work there', (place) => {
    const known = KEYS.filter(({ places, bar }) => places.includes(place) && bar !== null);
    expect(known.length).toBeGreaterThan(0);
    for (const { bar } of known) expect(keyBar(place, 200)).toContain(`${bar?.label} ${bar?.text}`);
  });
});

describe('names of what Ink reports', () => {
  const none = {} as Key;
  test.each<[string, string, Partial<Key>, readonly string[]]>([
    ['one letter', 'j', {}, ['j']],
    ['fast repeat in one read', 'jjj', {}, ['j', 'j', 'j']],
    ['letters and enter in one read', 'j\r', {}, ['j', 'enter']],
    ['a capital letter', 'G', { shift: true }, ['G']],
    ['an arrow', '', { downArrow: true }, ['down']],
    ['Esc, which Ink also calls meta', '', { escape: true, meta: true }, ['escape']],
    ['Backspace as 0x7f', '', { delete: true }, ['backspace']],
    ['Backspace as 0x08', '', { backspace: true }, ['backspace']],
    ['Ctrl-C', 'c', { ctrl: true }, ['ctrl-c']],
    ['Ctrl-C after letters in one read', 'jj\u0003', {}, ['j', 'j', 'ctrl-c']],
    ['Alt and a letter, which is not the letter', 'r', { meta: true }, []],
    ['a paste, which is not typing', 'rrrrrrrrrrrr', {}, []],
    ['Ctrl-C in a paste, which still quits', 'rrrrrrrrrrrr\u0003', {}, ['ctrl-c']],
  ])('%s', (_, input, key, names) => {
    expect(keyNames(input, { ...none, ...key })).toEqual(names);
  });
});
