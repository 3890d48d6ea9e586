import { expect, test } from 'vitest';
import { cutEnd, cutMiddle, wrap } from '../../../cli/output/fit.ts';
import { createStyle } from '../../../cli/output/style.ts';
import { layTable } from '../../../cli/output/table.ts';

test('cutting', () => {
  expect(cutMiddle('payments-worker-a', 9, '…')).toBe('paym…er-a');
  expect(cutMiddle('api', 3, '…')).toBe('api');
  expect(cutMiddle('api', 1, '…')).toBe('…');
  expect(cutEnd('123,456', 5, '…')).toBe('123,…');
  expect(cutEnd('123', 0, '…')).toBe('');
});

test.each([
  ['one two three', 8, '  ', ['one two', '  three']],
  ['  a  b', 20, '  ', ['  a  b']],
  ['  12:00  all is well here', 16, '    ', ['  12:00  all is', '    well here']],
  ['abcdefghijkl', 8, '', ['abcdefgh', 'ijkl']],
  ['x abcdefghijklmnop', 10, '  ', ['x', '  abcdefgh', '  ijklmnop']],
  ['', 10, '', ['']],
])('%j in %i cells', (text, width, indent, lines) => {
  expect(wrap(text, width, indent)).toEqual(lines);
});

test('columns go in their order, texts are cut when nothing else can go', () => {
  const row = { name: 'a-rather-long-name', n: '12345' };
  const columns = [
    { key: 'name', text: ({ name }: typeof row) => name, cut: { at: 'middle', to: 16 } as const },
    { key: 'n', align: 'right' as const, drop: 2, text: ({ n }: typeof row) => n },
    { key: 'm', drop: 1, text: ({ n }: typeof row) => n },
  ];
  const lay = (width: number) => layTable(columns, [row], width, createStyle({ color: false, unicode: true }));
  expect(lay(32)).toEqual({ lines: ['NAME                    N  M', 'a-rather-long-name  12345  12345'], hidden: [] });
  expect(lay(30)).toEqual({
    lines: ['NAME                  N  M', 'a-rather…ng-name  12345  12345'],
    hidden: [],
  });
  expect(lay(25)).toEqual({ lines: ['NAME                  N', 'a-rather…ng-name  12345'], hidden: ['m'] });
  expect(lay(10)).toEqual({ lines: ['NAME', 'a-rat…name'], hidden: ['n', 'm'] });
  expect(lay(5)).toEqual({ lines: ['NAME', 'a-ra…'], hidden: ['n', 'm'] });
});
