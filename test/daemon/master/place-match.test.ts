import { expect, test } from 'vitest';
import { isOurs, isPlace } from '../../../daemon/master/place-match.ts';

test.each([
  [':3000:0', '3000', true],
  [':3000:1', '3000', true],
  [':3000:0', '3001', false],
  [':13000:0', '3000', false],
  ['127.0.0.1:3000:0', '3000', true],
  ['127.0.0.1:3000:0', '127.0.0.1:3000', true],
  ['127.0.0.1:3000:0', 'localhost:3000', true],
  ['127.0.0.1:3000:0', '10.0.0.1:3000', false],
  ['127.0.0.1:3000:0', '0.0.0.0:3000', false],
  // Everywhere is there, too.
  [':3000:0', '127.0.0.1:3000', true],
  ['0.0.0.0:3000:0', '10.0.0.1:3000', true],
  ['::1:3000:0', '[::1]:3000', true],
  ['::1:3000:0', 'localhost:3000', true],
  [':::3000:0', '[::1]:3000', true],
  ['/run/app.sock:-1:0', '/run/app.sock', true],
  ['/run/app.sock:-1:0', '/run/other.sock', false],
  ['/run/3000:-1:0', '3000', false],
  ['\0app:-1:0', '@app', true],
  ['udp::3000', '3000', false],
  ['udp:::1:3000', '3000', false],
  ['fd3::-1', '3000', false],
])('%j is %s: %s', (key, wanted, expected) => {
  expect(isPlace(key, wanted)).toBe(expected);
});

test.each([
  [':3000:0', true],
  ['/run/a:b.sock:-1:0', true],
  ['udp:::1:3000', false],
  ['fd3::-1', false],
])('a connection can be handed over at %j: %s', (key, expected) => {
  expect(isOurs(key)).toBe(expected);
});
