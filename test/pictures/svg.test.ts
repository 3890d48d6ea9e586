// A picture shows the cells where they are, in their colours.
import { describe, expect, test } from 'vitest';
import { type Cell, svgOf } from './svg.mjs';

const PLAIN: Cell = {
  text: ' ',
  width: 1,
  fg: null,
  bg: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
};

const cells = (text: string, changes: Partial<Cell> = {}): Cell[] =>
  Array.from(text, (char) => ({ ...PLAIN, text: char, ...changes }));

/** What is drawn inside the frame, one element a line. */
function drawn(...rows: Cell[][]): string[] {
  const lines = svgOf(rows, 'title').split('\n');
  return lines.slice(lines.findIndex((line) => line.startsWith('<g ')) + 1, lines.indexOf('</g>'));
}

test('neighbours of one look are one text of their exact width', () => {
  const [first, second, ...rest] = drawn([...cells('ab '), ...cells('cd', { fg: 2, bold: true })]);
  expect(first).toBe(
    '<text x="14" textLength="25.2" lengthAdjust="spacingAndGlyphs" y="27.5" fill="#d5d9e0">ab </text>',
  );
  expect(second).toBe(
    '<text x="39.2" textLength="16.8" lengthAdjust="spacingAndGlyphs" y="27.5" fill="#56d364" font-weight="bold">cd</text>',
  );
  expect(rest).toEqual([]);
});

test('a glyph that a font may draw wider or narrower stands alone in the middle of its cell', () => {
  const [first, glyph, after] = drawn(cells('a●b'));
  expect(first).toContain('textLength="8.4"');
  expect(glyph).toMatch(/^<text x="26.6" text-anchor="middle" y="27.5" .*>●<\/text>$/);
  expect(after).toContain('x="30.8"');
});

test('a wide character takes two cells, and what follows stands behind it', () => {
  const wide: Cell[] = [...cells('漢', { width: 2 }), ...cells(' ', { width: 0, text: ' ' }), ...cells('x')];
  const [glyph, after] = drawn(wide);
  expect(glyph).toContain('x="22.4" text-anchor="middle"');
  expect(after).toContain('x="30.8"');
});

describe('blocks are drawn, not written', () => {
  test.each([
    ['█', 'x="14" y="14" width="8.4" height="18" shape-rendering="crispEdges" fill="#d5d9e0"'],
    ['▄', 'x="14" y="23" width="8.4" height="9" shape-rendering="crispEdges" fill="#d5d9e0"'],
    ['▁', 'x="14" y="29.75" width="8.4" height="2.25" shape-rendering="crispEdges" fill="#d5d9e0"'],
    ['▌', 'x="14" y="14" width="4.2" height="18" shape-rendering="crispEdges" fill="#d5d9e0"'],
    ['░', 'x="14" y="14" width="8.4" height="18" shape-rendering="crispEdges" fill="#d5d9e0" fill-opacity="0.25"'],
  ])('%s', (text, place) => {
    expect(drawn(cells(text))).toEqual([`<rect ${place}/>`]);
  });
});

describe('looks', () => {
  test('inverse swaps the two colours, also where one is the usual one', () => {
    expect(drawn(cells('x', { inverse: true }))).toEqual([
      expect.stringMatching(/^<rect .* width="8.4" .* fill="#d5d9e0"\/>$/),
      expect.stringMatching(/^<text .* fill="#15181e">x</),
    ]);
    expect(drawn(cells('x', { inverse: true, fg: 1, bg: 4 }))).toEqual([
      expect.stringMatching(/^<rect .* fill="#ff7b72"\/>$/),
      expect.stringMatching(/^<text .* fill="#79c0ff">x</),
    ]);
  });

  test('dim is paler, underlined blanks are seen, other blanks cost nothing', () => {
    expect(drawn(cells('x', { dim: true }))[0]).toContain('fill-opacity="0.6"');
    expect(drawn(cells('  ', { underline: true }))[0]).toContain('text-decoration="underline"');
    expect(drawn(cells('    '))).toEqual([]);
  });

  test.each([
    [9, '#ffa198'],
    [16, '#000000'],
    [196, '#ff0000'],
    [244, '#808080'],
    ['#123456', '#123456'],
  ])('colour %s is %s', (fg, color) => {
    expect(drawn(cells('x', { fg }))[0]).toContain(`fill="${color}"`);
  });
});

test('rows stand below each other, and the picture is as big as they are', () => {
  const svg = svgOf([cells('abcdefghij'), cells('k'.repeat(10))], 'a <title> & more');
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="112" height="64" viewBox="0 0 112 64"/);
  expect(svg).toContain('<title>a &lt;title&gt; &amp; more</title>');
  expect(svg.match(/ y="[\d.]+" fill="#d5d9e0"/g)).toEqual([' y="27.5" fill="#d5d9e0"', ' y="45.5" fill="#d5d9e0"']);
});

test('what an app printed is text, not markup', () => {
  expect(drawn(cells('<a b="&">'))[0]).toContain('>&lt;a b=&quot;&amp;&quot;&gt;</text>');
});
