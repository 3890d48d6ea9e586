import { describe, expect, test } from 'vitest';
import { grouped, peak, sparkline, withMarks } from '../../ui/paint/sparkline.ts';
import { plainTheme } from './samples.ts';

const SECOND = 1000;

describe('sparkline', () => {
  test.each([
    ['rises in eight steps', [1, 2, 3, 4, 5, 6, 7, 8], 8, 8, '▁▂▃▄▅▆▇█'],
    ['nothing is the lowest block, not a space', [0, 0], 2, 100, '▁▁'],
    ['what was not measured is a space', [8, null, 8], 3, 8, '█ █'],
    ['the newest stands at the right', [8], 4, 8, '   █'],
    ['only the last ones fit', [1, 1, 8, 8], 2, 8, '██'],
    ['over the scale is full', [900], 1, 100, '█'],
    ['below the scale is low', [-5], 1, 100, '▁'],
    ['a scale of nothing', [0, 5], 2, 0, '▁▁'],
    ['no values', [], 3, 8, '   '],
    ['no cells', [1, 2], 0, 8, ''],
    ['fewer than no cells', [1, 2], -3, 8, ''],
  ] as const)('%s', (_, values, cells, max, expected) => {
    expect(sparkline(values, cells, max)).toBe(expected);
  });

  test('ASCII has another character for each block', () => {
    const ascii = plainTheme({ unicode: false }).paint(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8, 8), 'plain', 'normal');
    expect(ascii).toBe(' .:-=+*#');
  });
});

describe('grouped', () => {
  test.each([
    ['one value a cell', [1, 2, 3], 2, 1, 0, [2, 3]],
    ['the highest of each group', [1, 9, 2, 3], 2, 2, 1 * SECOND, [9, 3]],
    ['the newest group may be just begun', [1, 9, 2, 3], 3, 2, 2 * SECOND, [1, 9, 3]],
    ['no more than the cells', [1, 2, 3, 4, 5, 6], 2, 2, 1 * SECOND, [4, 6]],
    ['nothing measured in a group', [null, null, 4, null], 2, 2, 1 * SECOND, [null, 4]],
    ['no values', [], 4, 3, 7 * SECOND, []],
  ] as const)('%s', (_, values, cells, per, at, expected) => {
    expect(grouped(values, cells, per, at)).toEqual(expected);
  });

  test('a second later the groups are the same, but for the newest', () => {
    const values = Array.from({ length: 30 }, (_, at) => (at * 7) % 11);
    const before = grouped(values, 5, 4, 29 * SECOND);
    const after = grouped([...values, 3], 5, 4, 30 * SECOND);
    expect(after.slice(0, -1)).toEqual(before.slice(0, -1));
  });
});

describe('withMarks', () => {
  test.each([
    ['the newest second', [10_900], '▁▁▁▁┊'],
    ['the one before', [9100], '▁▁▁┊▁'],
    ['out of the graph at both ends', [1000, 20_000], '▁▁▁▁▁'],
    ['several', [6000, 8500], '┊▁┊▁▁'],
  ] as const)('%s', (_, times, expected) => {
    expect(withMarks('▁▁▁▁▁', 10_400, times)).toBe(expected);
  });
});

test('peak', () => {
  expect(peak([null, 3, 8, null, 2])).toBe(8);
  expect(peak([null])).toBe(0);
});
