// How long a connection has been idle: from the first look in a row that found it so.
import { expect, test } from 'vitest';
import { overdue, stillIdle } from '../../../daemon/graceful/idle.ts';

test('one that stays idle keeps its time, one that was busy in between begins anew', () => {
  const first = stillIdle(new Map(), ['a', 'b'], 100);
  const second = stillIdle(first, ['a'], 150);
  const third = stillIdle(second, ['a', 'b'], 200);
  expect([...third]).toEqual([
    ['a', 100],
    ['b', 200],
  ]);
  expect(overdue(third, 100, 200)).toEqual(['a']);
  expect(overdue(third, 101, 200)).toEqual([]);
  expect(overdue(third, 0, 200)).toEqual(['a', 'b']);
});
