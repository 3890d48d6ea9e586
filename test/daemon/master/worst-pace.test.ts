import { expect, test } from 'vitest';
import { WorstPace } from '../../../daemon/master/worst-pace.ts';

/** What each sample shows, of reports (lag, latency) and samples (`|`) in this order. */
function shown(...happened: readonly (readonly [number | null, number | null] | '|')[]): unknown[] {
  const pace = new WorstPace();
  return happened.flatMap((one) => {
    if (one === '|') {
      pace.sample();
      return [[pace.shown.lag, pace.shown.latency]];
    }
    pace.told({ lag: one[0], latency: one[1] });
    return [];
  });
}

test.each([
  ['nothing is known at first', shown('|'), [[null, null]]],
  [
    'one report a sample',
    shown([3, 10], '|', [700, null], '|'),
    [
      [3, 10],
      [700, null],
    ],
  ],
  [
    'of two the worse one',
    shown([700, 12], [1, 900], '|', [2, 5], '|'),
    [
      [700, 900],
      [2, 5],
    ],
  ],
  [
    'without one it is as before',
    shown([1, 9], '|', '|', [4, null], '|', '|'),
    [
      [1, 9],
      [1, 9],
      [4, null],
      [4, null],
    ],
  ],
  [
    'what is unknown is not worse',
    shown([null, null], [5, 3], '|', [8, null], [null, 4], '|'),
    [
      [5, 3],
      [8, 4],
    ],
  ],
])('%s', (_, samples, expected) => {
  expect(samples).toEqual(expected);
});
