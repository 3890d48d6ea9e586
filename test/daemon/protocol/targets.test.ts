import { describe, expect, test } from 'vitest';
import { isAppName } from '../../../daemon/protocol/defaults.ts';
import { resolveTargets } from '../../../daemon/protocol/targets.ts';

const APPS = [
  { id: 4, name: 'worker' },
  { id: 0, name: 'api' },
  { id: 2, name: 'web-1' },
];

test.each([
  [['api'], ['api']],
  [['0'], ['api']],
  [
    ['4', 'api'],
    ['api', 'worker'],
  ],
  [['all'], ['api', 'web-1', 'worker']],
  [
    ['api', '0', 'all', 'api'],
    ['api', 'web-1', 'worker'],
  ],
  [[], []],
])('%j are %j', (targets, names) => {
  expect(resolveTargets(APPS, targets).map(({ name }) => name)).toEqual(names);
});

test('the given list keeps its order', () => {
  resolveTargets(APPS, ['all']);
  expect(APPS.map(({ id }) => id)).toEqual([4, 0, 2]);
});

test('all of nothing is nothing', () => expect(resolveTargets([], ['all'])).toEqual([]));

describe('who is not there', () => {
  test.each([
    ['apo', 'There is no app "apo".', 'Did you mean "api"?'],
    ['zzz', 'There is no app "zzz".', 'zdm list'],
    ['7', 'There is no app "7".', 'zdm list'],
    ['00', 'There is no app "00".', 'zdm list'],
    ['', 'There is no app "".', 'zdm list'],
    ['ALL', 'There is no app "ALL".', 'zdm list'],
  ])('%j', (target, message, hint) => {
    const failure = expect.objectContaining({
      code: 'NO_SUCH_APP',
      message,
      hint: expect.stringContaining(hint) as string,
    }) as Error;
    expect(() => resolveTargets(APPS, ['api', target])).toThrow(failure);
  });

  test('without any app the next step is to start one', () => {
    const failure = expect.objectContaining({
      code: 'NO_SUCH_APP',
      hint: expect.stringContaining('zdm start') as string,
    }) as Error;
    expect(() => resolveTargets([], ['api'])).toThrow(failure);
  });
});

describe('names', () => {
  test.each(['a', 'api', 'web-1', 'A.b_c@2+x', '1a', 'x'.repeat(64), 'All'])('%s is one', (name) =>
    expect(isAppName(name)).toBe(true),
  );
  test.each([
    '',
    'all',
    '7',
    '007',
    '.',
    '..',
    '.a',
    '-a',
    '_a',
    'a/b',
    '../a',
    'a b',
    'a\n',
    'a\0',
    'ä',
    'x'.repeat(65),
  ])('%j is none', (name) => expect(isAppName(name)).toBe(false));
});
