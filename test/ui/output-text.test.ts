import { describe, expect, test } from 'vitest';
import { cleanOutput, rowStarts, startAfter } from '../../ui/paint/output-text.ts';
import { widthOf } from '../../ui/paint/text.ts';

test.each([
  ['plain', 'plain'],
  ['a\tb', 'a       b'],
  ['\t\tb', ' '.repeat(16) + 'b'],
  ['1234567\t8', '1234567 8'],
  ['12345678\t9', '12345678        9'],
  ['支\tb', '支      b'],
  ['\u001B[31m1234\u001B[0m\tb', '1234    b'],
  ['\u001B]0;a title\u0007words', 'words'],
  ['bell\u0007 and \u0000', String.raw`bell\x07 and \x00`],
  ['from windows\r', 'from windows'],
  ['50%\r100%', String.raw`50%\x0d100%`],
  ['\u202Ereversed', 'reversed'],
  ['', ''],
])('%j is shown as %j', (text, shown) => {
  expect(cleanOutput(text)).toBe(shown);
});

test('a line of a megabyte is cut, and says so', () => {
  expect(cleanOutput('x'.repeat(1_000_000))).toBe(`${'x'.repeat(8192)} … 991,808 more characters`);
  expect(cleanOutput('x'.repeat(8192))).toBe('x'.repeat(8192));
});

describe('rows', () => {
  test.each([
    ['', 10, [0]],
    ['0123456789', 10, [0]],
    ['0123456789a', 10, [0, 10]],
    ['支付服务', 5, [0, 2]],
    ['a支付', 2, [0, 1, 2]],
    ['👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 2, [0, 11]],
  ])('of %j in %i cells begin at %j', (text, cells, starts) => {
    expect(rowStarts(text, cells)).toEqual(starts);
  });

  test('none is wider than the cells, and nothing is lost', () => {
    const text = 'ab支付c👩‍👩‍👧‍👦 é 한국어 '.repeat(30);
    for (let cells = 2; cells < 50; cells += 1) {
      const starts = rowStarts(text, cells);
      const rows = starts.map((start, at) => text.slice(start, starts[at + 1]));
      expect(rows.join('')).toBe(text);
      expect(Math.max(...rows.map(widthOf))).toBeLessThanOrEqual(cells);
    }
  });
});

test.each([
  ['0123456789', 0, '0123456789'],
  ['0123456789', 4, '456789'],
  ['0123456789', 20, ''],
  ['支付', 1, ' 付'],
  ['支付', 2, '付'],
  ['支付', 3, ' '],
])('%j after %i cells is %j', (text, cells, shown) => {
  const { at, pad } = startAfter(text, cells);
  expect(pad + text.slice(at)).toBe(shown);
});
