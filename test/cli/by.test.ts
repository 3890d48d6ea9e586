import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { byline } from '../../cli/by.ts';

test.each([
  ['deploy', ['api'], 'deploy (zdm abort api)'],
  ['deploy', ['api', '3'], 'deploy (zdm abort api 3)'],
  ['d', ['x'.repeat(300)], `d (zdm abort ${'x'.repeat(185)}…)`],
])('%s, %j', (username, targets, line) => {
  expect(byline('abort', targets, () => ({ username }))).toBe(line);
});

test('a user without a name has a number', () => {
  const nameless = (): never => {
    throw new Error('no such user');
  };
  expect(byline('abort', ['api'], nameless)).toBe(`uid ${process.getuid!()} (zdm abort api)`);
});

test('the user is asked of the system', () => {
  expect(byline('abort', ['api'])).toBe(`${userInfo().username} (zdm abort api)`);
});
