import { expect, test } from 'vitest';
import { nearest } from '../../../daemon/protocol/nearest.ts';

const KNOWN = ['name', 'instances', 'script', 'kill_timeout', 'cwd', 'env'];

test.each([
  ['instnces', 'instances'],
  ['nmae', 'name'],
  ['killtimeout', 'kill_timeout'],
  ['SCRIPT', 'script'],
  ['cdw', 'cwd'],
  ['banana', undefined],
  ['instead', undefined],
  ['x', undefined],
  ['', undefined],
])('%s is nearest to %s', (word, expected) => {
  expect(nearest(word, KNOWN)).toBe(expected);
});

test('an equal name wins over a near one', () => {
  expect(nearest('api', ['app', 'apis', 'api'])).toBe('api');
});
