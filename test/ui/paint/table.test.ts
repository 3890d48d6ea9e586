import { expect, test } from 'vitest';
import { renderLine } from '../../../ui/paint/line.ts';
import { layTable } from '../../../ui/paint/table.ts';
import { plainTheme } from '../samples.ts';

interface Named {
  readonly name: string;
  readonly n: string;
}

const COLUMNS = [
  { key: 'name', text: ({ name }: Named) => name, cut: { at: 'middle', to: 16 } as const },
  { key: 'n', align: 'right' as const, drop: 2, text: ({ n }: Named) => n },
  { key: 'm', drop: 1, text: ({ n }: Named) => n },
];

function lay(name: string, width: number) {
  const { lines, hidden } = layTable(COLUMNS, [{ name, n: '12345' }], width, 0);
  return { lines: lines.map((line) => renderLine(line, width, plainTheme())), hidden };
}

test.each([
  [32, ['NAME                    N  M', 'a-rather-long-name  12345  12345'], []],
  [30, ['NAME                  N  M', 'a-rather…ng-name  12345  12345'], []],
  [25, ['NAME                  N', 'a-rather…ng-name  12345'], ['m']],
  [10, ['NAME', 'a-rat…name'], ['n', 'm']],
  [5, ['NAME', 'a-ra…'], ['n', 'm']],
])('in %i cells columns go in their order, texts are cut when nothing else can go', (width, lines, hidden) => {
  expect(lay('a-rather-long-name', width)).toEqual({ lines, hidden });
});

test('wide characters take two cells: what follows them stands where it should', () => {
  expect(lay('支付服务', 40).lines).toEqual(['NAME          N  M', '支付服务  12345  12345']);
});

test('what is coloured is the text, not the room beside it', () => {
  const columns = [
    { key: 'state', text: (one: string) => one, tone: () => 'good' as const },
    { key: 'n', text: () => '1' },
  ];
  const [, row] = layTable(columns, ['up'], 40, 0).lines;
  expect(renderLine(row ?? [], 40, plainTheme({ color: true, styles: true }))).toBe('\u001B[32mup\u001B[0m     1');
});
