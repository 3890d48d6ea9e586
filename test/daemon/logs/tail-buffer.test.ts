import { expect, test } from 'vitest';
import { LineTail } from '../../../daemon/logs/tail-buffer.ts';

test('has the last 20 lines of stderr', () => {
  const tail = new LineTail();
  for (let line = 1; line <= 50; line += 1) tail.add('err', `e${line}`);
  tail.add('out', 'o');
  expect(tail.lines).toEqual(Array.from({ length: 20 }, (_, index) => `e${index + 31}`));
});

test('has those of stdout when there is nothing on stderr', () => {
  const tail = new LineTail();
  expect(tail.lines).toEqual([]);
  tail.add('out', 'o1');
  tail.add('out', 'o2');
  expect(tail.lines).toEqual(['o1', 'o2']);
});

test('shortens a long line', () => {
  const tail = new LineTail();
  tail.add('err', 'x'.repeat(100_000));
  tail.add('err', 'y'.repeat(500));
  expect(tail.lines.map((line) => line.length)).toEqual([501, 500]);
  expect(tail.lines[0]).toMatch(/x…$/);
});

test('what it gives does not change later', () => {
  const tail = new LineTail();
  tail.add('err', 'one');
  const { lines } = tail;
  tail.add('err', 'two');
  expect(lines).toEqual(['one']);
});
