import type { Key } from 'ink';
import { describe, expect, test } from 'vitest';
import { keyNames } from '../../ui/key-names.ts';
import { bindingsFor, commandFor, keyBar, KEYS, type View } from '../../ui/keys.ts';

const VIEWS: readonly View[] = ['overview', 'app', 'rollout', 'logs', 'events', 'describe', 'help'];

test('no key means two things on one screen', () => {
  for (const view of VIEWS) {
    const keys = bindingsFor(view, false).flatMap((binding) => binding.keys);
    expect(keys.toSorted()).toEqual([...new Set(keys)].toSorted());
  }
});

test.each([
  ['overview', 'j', 'next'],
  ['overview', 'up', 'previous'],
  ['overview', 'enter', 'open'],
  ['overview', 'r', 'reload'],
  ['overview', 'R', 'restart'],
  ['overview', ' ', 'mark'],
  ['overview', '/', 'filter'],
  ['overview', 'q', 'quit'],
  ['overview', 'escape', 'back'],
  ['overview', 'A', null],
  ['overview', 'B', 'rollback'],
  ['rollout', 'B', 'rollback'],
  ['logs', 'B', null],
  ['app', 'r', 'reload'],
  ['app', 'escape', 'back'],
  ['app', 'q', 'back'],
  ['app', 'tab', 'next-pane'],
  ['rollout', 'P', 'pause'],
  ['rollout', 'A', 'abort'],
  ['rollout', 'F', 'finish'],
  ['rollout', 'r', null],
  ['logs', '/', 'search'],
  ['logs', '3', 'slot'],
  ['logs', 'R', null],
  ['help', 'r', null],
  ['help', 'q', 'back'],
  ['help', '?', 'back'],
] as const)('in %s %s is %s', (view, key, command) => {
  expect(commandFor(view, key, false)).toBe(command);
});

test.each(VIEWS)('Ctrl-C quits from %s', (view) => {
  expect(commandFor(view, 'ctrl-c', false)).toBe('quit');
});

test('small letters look, capital letters change; r is the exception', () => {
  const letters = KEYS.filter(({ group }) => group === 'CHANGE').flatMap(({ keys }) => keys);
  expect(letters.filter((key) => /^[a-z]$/.test(key))).toEqual(['r']);
  const looking = KEYS.filter(({ group }) => group !== 'CHANGE').flatMap(({ keys }) => keys);
  // What these show is only more of the same.
  expect(looking.filter((key) => /^[A-Z]$/.test(key)).toSorted()).toEqual(['E', 'G', 'N', 'O', 'Y']);
});

test('read-only takes every change away, from the keys and from the bar', () => {
  for (const view of VIEWS) {
    expect(bindingsFor(view, true).filter(({ group }) => group === 'CHANGE')).toEqual([]);
    for (const key of ['r', 'R', 'S', 'D', '+', '-', 'B', 'P', 'A', 'F'])
      expect(commandFor(view, key, true)).toBeNull();
    expect(keyBar(view, 300, true)).not.toMatch(/reload|restart|pause|abort/);
  }
});

describe('key bar', () => {
  test.each([
    [80, ' enter open  ← → workers  l logs  v rollout  r reload  : command  ? help  q quit'],
    [50, ' enter open  l logs  r reload  ? help  q quit'],
    [40, ' enter open  r reload  ? help  q quit'],
    [20, ' r reload  q quit'],
    [8, ' q quit'],
    [3, ''],
  ])('at %i cells keeps the important keys', (width, bar) => {
    expect(keyBar('overview', width, false)).toBe(bar);
  });

  test('leaves out what there is nothing to do for', () => {
    expect(keyBar('rollout', 300, false)).toMatch(/P pause, go on .*A abort .*F end drain/);
    expect(keyBar('rollout', 300, false, ['pause', 'abort', 'finish'])).not.toMatch(/pause|abort|drain/);
  });

  test.each(VIEWS)('of %s names only keys that work there', (view) => {
    const known = bindingsFor(view, false).filter(({ bar }) => bar !== null);
    expect(known.length).toBeGreaterThan(0);
    for (const { bar } of known) expect(keyBar(view, 300, false)).toContain(`${bar?.label} ${bar?.text}`);
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
    ['tab', '', { tab: true }, ['tab']],
    ['tab backwards', '', { tab: true, shift: true }, ['shift-tab']],
    ['Esc, which Ink also calls meta', '', { escape: true, meta: true }, ['escape']],
    ['Backspace as 0x7f', '', { delete: true }, ['backspace']],
    ['Backspace as 0x08', '', { backspace: true }, ['backspace']],
    ['Ctrl-C', 'c', { ctrl: true }, ['ctrl-c']],
    ['Ctrl-C after letters in one read', 'jj\u0003', {}, ['j', 'j', 'ctrl-c']],
    ['Alt and a letter, which is not the letter', 'r', { meta: true }, []],
  ])('%s', (_, input, key, names) => {
    expect(keyNames(input, { ...none, ...key })).toEqual(names);
  });
});

/** The table as a page for people. */
function keysPage(): string {
  const where = (views: readonly View[]): string =>
    views.length === VIEWS.length ? 'everywhere' : VIEWS.filter((view) => views.includes(view)).join(', ');
  const groups = [...new Set(KEYS.map(({ group }) => group))].map((group) => {
    const keys = KEYS.filter((binding) => binding.group === group);
    const lines = keys.map(({ label, help, views }) => `- \`${label}\`: ${help} (${where(views)})`);
    return `## ${group.slice(0, 1)}${group.slice(1).toLowerCase()}\n\n${lines.join('\n')}\n`;
  });
  return `# The keys of \`zdm dash\`\n\nMade from the table that the dashboard itself works by (\`ui/keys.ts\`). Small letters look, capital letters change; \`r\` is the\nexception. In the dashboard \`?\` shows those of the screen.\n\n${groups.join('\n')}`;
}

test('the docs list the key table', async () => {
  await expect(keysPage()).toMatchFileSnapshot('../../docs/keys.md');
});
