import { expect, test } from 'vitest';
import { styleFor } from '../../../cli/output/style.ts';

const UTF8 = { LANG: 'de_DE.UTF-8' };

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
])('%j on a terminal (%s) has colour: %s', (env, isTerminal, color) => {
  const style = styleFor({ env: { ...UTF8, ...env }, isTerminal, platform: 'linux' });
  expect(style.paint('good', 'x') !== 'x').toBe(color);
});

test.each([
  [UTF8, 'linux', '●'],
  [{ LC_ALL: 'C', ...UTF8 }, 'linux', '*'],
  [{}, 'linux', '*'],
  [{}, 'darwin', '●'],
  [{ ...UTF8, TERM: 'linux' }, 'linux', '*'],
] as const)('%j on %s shows %s', (env, platform, glyph) => {
  expect(styleFor({ env, isTerminal: true, platform }).glyphs.online).toBe(glyph);
});
