// What becomes of a request after the exit began, and what it is refused with.
import { expect, test } from 'vitest';
import { makeRefusal } from '../../../daemon/graceful/refusal.ts';
import { judge } from '../../../daemon/graceful/requests.ts';

test.each([
  // performLastRequest, errorDuringExit, the connection was told, verdict
  [true, true, false, 'serve'],
  [true, true, true, 'refuse'],
  [true, false, false, 'serve'],
  [true, false, true, 'drop'],
  [false, true, false, 'refuse'],
  [false, true, true, 'refuse'],
  [false, false, false, 'drop'],
  [false, false, true, 'drop'],
] as const)('last request %s, error %s, told %s: %s', (performLastRequest, errorDuringExit, told, verdict) => {
  expect(judge({ performLastRequest, errorDuringExit }, told)).toBe(verdict);
});

test('a refusal is the user’s error with all that frameworks read', () => {
  const error = new Error('moving');
  const refusal = makeRefusal({ getRejectionError: () => error });
  expect(refusal).toBe(error);
  expect(refusal).toMatchObject({ status: 502, statusCode: 502, expose: true });
});

test.each([
  [{ status: 503 }, 503],
  [{ statusCode: 504 }, 504],
])('its status %o is kept', (properties, status) => {
  const getRejectionError = (): Error => Object.assign(new Error('x'), properties);
  expect(makeRefusal({ getRejectionError })).toMatchObject({ status, statusCode: status });
});

test.each([
  ['returned', () => 'moving' as unknown as Error],
  [
    'thrown',
    () => {
      throw new Error('moving');
    },
  ],
])('what is %s becomes one', (_, getRejectionError) => {
  const refusal = makeRefusal({ getRejectionError });
  expect(refusal).toBeInstanceOf(Error);
  expect(refusal).toMatchObject({ message: 'moving', status: 502 });
});
