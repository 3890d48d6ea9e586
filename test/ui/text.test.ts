import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { clean, fit, fitMiddle, fitRight, toAscii, widthOf } from '../../ui/paint/text.ts';
import { ASCII, themeOptions } from '../../ui/paint/theme.ts';

test.each([
  ['plain words', 'plain words'],
  ['\u001B[2Jwiped\u001B[31m red\u001B[0m', 'wiped red'],
  ['\u001B]52;c;aGk=\u0007clipboard', 'clipboard'],
  ['bell \u0007, null \u0000, c1 \u0085', String.raw`bell \x07, null \x00, c1 \x85`],
  ['a\tb', 'a  b'],
  ['\u202Edesrever', 'desrever'],
  ['half \uD83D', 'half \uFFFD'],
  ['名前', '名前'],
])('clean %j', (text, expected) => {
  expect(clean(text)).toBe(expected);
});

describe('fits exactly', () => {
  test.each([
    [fit('api', 5), 'api  '],
    [fit('payments', 5), 'paym…'],
    [fit('支付服务', 6), '支付… '],
    [fit('x', 0), ''],
    [fitRight('36%', 6), '   36%'],
    [fitRight('123456', 4), '123…'],
    [fitMiddle('payments-worker-a', 9), 'paym…er-a'],
    [fitMiddle('payments-worker-b', 9), 'paym…er-b'],
    [fitMiddle('支付服务工人一号', 8), '支付…号 '],
    [fitMiddle('api', 9), 'api      '],
  ])('%j', (fitted, expected) => {
    expect(fitted).toBe(expected);
  });
});

test('each of our glyphs is one cell, and has an ASCII stand-in of one', () => {
  for (const [glyph, stand] of Object.entries(ASCII)) {
    expect([stringWidth(glyph), widthOf(glyph), stand.length]).toEqual([1, 1, 1]);
  }
});

test('ASCII takes the same cells', () => {
  expect(toAscii('● 支付 é', ASCII)).toBe('* ???? ?');
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
  [{ TERM: 'dumb' }, { color: false, styles: false }],
])('the environment %j asks for %j', (env, expected) => {
  expect(themeOptions(env)).toMatchObject(expected);
});
