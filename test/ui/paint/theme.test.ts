import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { widthOf } from '../../../ui/paint/text.ts';
import { ASCII, commandTheme, themeOptions } from '../../../ui/paint/theme.ts';

const UTF8 = { LANG: 'de_DE.UTF-8' };

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
])('a command with %j on a terminal (%s) has colour: %s', (env, isTerminal, color) => {
  const theme = commandTheme({ env: { ...UTF8, ...env }, isTerminal, platform: 'linux' });
  expect(theme.paint('x', 'good') !== 'x').toBe(color);
  // Without colour not even bold: no escape sequence at all.
  expect(theme.paint('x', 'strong') !== 'x').toBe(color);
});

test.each([
  [UTF8, 'linux', '●'],
  [{ LC_ALL: 'C', ...UTF8 }, 'linux', '*'],
  [{}, 'linux', '*'],
  [{}, 'darwin', '●'],
  [{ ...UTF8, TERM: 'linux' }, 'linux', '*'],
] as const)('%j on %s shows %s', (env, platform, glyph) => {
  expect(commandTheme({ env, isTerminal: false, platform }).paint('●', 'plain')).toBe(glyph);
});

test('what the user wrote stays in a command without UTF-8; the dashboard could not place it', () => {
  expect(commandTheme({ env: {}, isTerminal: false, platform: 'linux' }).paint('● 支付 é', 'plain')).toBe('* 支付 é');
});

test.each([
  [{ LANG: 'en_US.UTF-8' }, { color: true, styles: true, unicode: true }],
  [{ LANG: 'C.utf8' }, { unicode: true }],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, { unicode: false }],
  [{}, { unicode: false, color: true }],
  [{ LANG: 'C.UTF-8', TERM: 'linux' }, { unicode: false }],
  [{ NO_COLOR: '1' }, { color: false, styles: true }],
  [{ NO_COLOR: '' }, { color: true }],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, { color: true }],
  [{ FORCE_COLOR: '0' }, { color: false, styles: true }],
  [{ TERM: 'dumb' }, { color: false, styles: false }],
])('the environment %j asks the dashboard for %j', (env, expected) => {
  expect(themeOptions(env, 'linux')).toMatchObject(expected);
});

test('each of our glyphs is one cell, and has an ASCII stand-in of one', () => {
  for (const [glyph, stand] of Object.entries(ASCII)) {
    expect([stringWidth(glyph), widthOf(glyph), stand.length]).toEqual([1, 1, 1]);
  }
});
