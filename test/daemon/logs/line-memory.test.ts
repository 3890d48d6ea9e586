import { expect, test } from 'vitest';
import { LineMemory } from '../../../daemon/logs/line-memory.ts';

function remember(count: number, text: (line: number) => string = String): LineMemory {
  const memory = new LineMemory();
  for (let line = 1; line <= count; line += 1)
    memory.add({ app: 'api', stream: 'out', text: text(line), at: line, slot: 0, generation: 1 });
  return memory;
}

const numbers = (memory: LineMemory, seq: number, most: number): number[] =>
  memory.after(seq, most).map((line) => line.seq);

test('nothing was printed', () => {
  expect(new LineMemory().after(0, 10)).toEqual([]);
  expect(new LineMemory().last).toBe(0);
});

test('lines are counted from 1 and come oldest first', () => {
  const line = { app: 'api', stream: 'out', at: 2, slot: 0, generation: 1 };
  expect(remember(2).after(1, 10)).toEqual([{ ...line, text: '2', seq: 2 }]);
  expect(numbers(remember(5), 0, 10)).toEqual([1, 2, 3, 4, 5]);
  expect(numbers(remember(5), 0, 2)).toEqual([4, 5]);
  expect(numbers(remember(5), 3, 10)).toEqual([4, 5]);
  expect(numbers(remember(5), 5, 10)).toEqual([]);
  expect(numbers(remember(5), 0, 0)).toEqual([]);
});

test('5,000 lines are kept', () => {
  const memory = remember(12_345);
  const kept = memory.after(0, Infinity);
  expect(kept).toHaveLength(5_000);
  expect(kept.every(({ seq, text }, index) => seq === 7_346 + index && text === `${seq}`)).toBe(true);
  expect(memory.last).toBe(12_345);
});

test('1 MiB of text is kept, and a line longer than 8 KiB is cut', () => {
  const memory = remember(1_000, (line) => `${line} `.padEnd(60_000, 'x'));
  const kept = memory.after(0, Infinity);
  expect(kept.map(({ text }) => text.length)).toEqual(kept.map(() => 8 * 1024 + 1));
  expect(kept).toHaveLength(Math.floor(1024 ** 2 / (8 * 1024 + 1)));
  expect(kept.at(-1)!.text).toMatch(/^1000 x+…$/);
});

test('a long line makes room for itself only', () => {
  const memory = remember(4_000, (line) => (line === 4_000 ? 'y'.repeat(8_192) : 'x'.repeat(262)));
  expect(numbers(memory, 0, Infinity).at(0)).toBe(4_000 - Math.floor((1024 ** 2 - 8_192) / 262));
});
