import { expect, test } from 'vitest';
import { isGood, judge, NO_ANSWER } from '../../../daemon/master/health-row.ts';

/** The verdicts on answers, good (+), bad (-) and those that could not be asked for (?): H, U, or nothing (.) after each. */
function verdicts(answers: string, successes: number, failures: number): string {
  let row = NO_ANSWER;
  return answers
    .split('')
    .map((one) => {
      const judged = judge(row, one === '?' ? null : one === '+', { successes, failures });
      row = judged.row;
      return judged.verdict === null ? '.' : judged.verdict === 'healthy' ? 'H' : 'U';
    })
    .join('');
}

test.each([
  ['+', 1, 3, 'H'],
  ['-+', 1, 3, '.H'],
  ['++', 2, 3, '.H'],
  ['+-++', 2, 3, '...H'],
  ['---', 1, 3, '..U'],
  ['--+---', 1, 3, '..H..U'],
  // Anew after a verdict.
  ['------', 1, 3, '..U..U'],
  ['++++', 2, 3, '.H.H'],
  // What could not be asked says nothing.
  ['--?-', 1, 3, '...U'],
  ['+?+', 2, 3, '..H'],
  ['???', 1, 1, '...'],
  ['-'.repeat(9), 1, Infinity, '.........'],
])('%s with %d good or %d bad in a row: %s', (answers, successes, failures, expected) => {
  expect(verdicts(answers, successes, failures)).toBe(expected);
});

test.each([
  [199, false],
  [200, true],
  [302, true],
  [399, true],
  [400, false],
])('status %d of 200 to 399', (status, good) => {
  expect(isGood(status, { least: 200, most: 399 })).toBe(good);
});
