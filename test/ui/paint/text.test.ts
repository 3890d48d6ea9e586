import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { clean, cutEnd, cutMiddle, fit, fitMiddle, fitRight, toAscii, widthOf, wrap } from '../../../ui/paint/text.ts';
import { ASCII } from '../../../ui/paint/theme.ts';

test.each([
  ['plain words', 'plain words'],
  ['\u001B[2Jwiped\u001B[31m red\u001B[0m', 'wiped red'],
  ['\u001B]52;c;aGk=\u0007clipboard', 'clipboard'],
  ['\u001B]0;title\u0007x', 'x'],
  ['\u001B]8;;http://a\u001B\\link\u001B]8;;\u001B\\', 'link'],
  ['\u001BPq#0\u001B\\a sixel image', 'a sixel image'],
  ['\u009B2Jx', 'x'],
  ['\u001B[2J\u001B[Hx\u001Bc', 'x'],
  ['bell \u0007, null \u0000, c1 \u0085', String.raw`bell \x07, null \x00, c1 \x85`],
  ['written on\u0008 Windows\r', String.raw`written on\x08 Windows`],
  ['50%\r100%', String.raw`50%\x0d100%`],
  ['a\tb', 'a  b'],
  ['\u202Edesrever', 'desrever'],
  ['safe\u202Etxt.exe', 'safetxt.exe'],
  ['two\u2028lines', 'two lines'],
  ['half \uD83D', 'half \uFFFD'],
  ['é 漢 😀', 'é 漢 😀'],
])('%j is shown as %j', (text, expected) => {
  expect(clean(text)).toBe(expected);
});

test('a long line is whole, unless there is no room for it', () => {
  const line = `${'x'.repeat(9_999)}é`;
  expect(clean(line)).toBe(line);
  expect(clean(line, 80)).toHaveLength(4_096);
  expect(fit(line, 9_000)).toBe(`${'x'.repeat(8_999)}…`);
});

describe('cells', () => {
  test('each character has as many as terminals give it', () => {
    const wrong: string[] = [];
    // Of the long rows of ideographs and syllables some will do.
    for (let code = 0x20; code < 0x3_20_00; code += (code > 0x34_00 && code < 0xd7_00) || code > 0x2_00_00 ? 61 : 1) {
      const char = String.fromCodePoint(code);
      // Surrogates and control characters do not get past `clean`.
      if (!/[\p{Cc}\p{Cs}]/u.test(char) && widthOf(char) !== stringWidth(char)) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  test.each([
    '支付服务-工人-一号',
    '👩‍👩‍👧‍👦🇪🇺👍🏽 family',
    'e\u0301\u0302a\u0300',
    '한국어 ᄀ가가 각각 สวัสดี ก็ Ж',
    '❤️ ❤ 1️⃣ 1\uFE0F # *️⃣ 1\u20E3 ☝🏽 👨‍⚕️ 🇪 🇪🇺🇩🇪 ©️ ™ ⌚',
    'ｶﾞ नि क्षि \u200B',
    '\u001B[1;31m✖ errored\u001B[0m 支付',
  ])('of characters that are made of several: %s', (text) => {
    expect(widthOf(text)).toBe(stringWidth(text));
  });
});

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
])('fits exactly: %j', (fitted, expected) => {
  expect(fitted).toBe(expected);
});

test.each([
  [cutMiddle('payments-worker-a', 9), 'paym…er-a'],
  [cutMiddle('支付服务工人一号', 8), '支付…号'],
  [cutMiddle('api', 3), 'api'],
  [cutMiddle('api', 1), '…'],
  [cutEnd('123,456', 5), '123,…'],
  [cutEnd('123', 0), ''],
])('is cut: %j', (cut, expected) => {
  expect(cut).toBe(expected);
});

test.each([
  ['one two three', 8, '  ', ['one two', '  three']],
  ['  a  b', 20, '  ', ['  a  b']],
  ['  12:00  all is well here', 16, '    ', ['  12:00  all is', '    well here']],
  ['abcdefghijkl', 8, '', ['abcdefgh', 'ijkl']],
  ['x abcdefghijklmnop', 10, '  ', ['x', '  abcdefgh', '  ijklmnop']],
  ['支付服务工人一号', 9, '', ['支付服务', '工人一号']],
  ['', 10, '', ['']],
  // One character of 13 cells: it cannot fit, and must not make this go on for ever.
  [`க${'ா'.repeat(12)}x`, 8, '', [`க${'ா'.repeat(12)}`, 'x']],
])('%j wrapped in %i cells', (text, width, indent, lines) => {
  expect(wrap(text, width, indent)).toEqual(lines);
});

test('ASCII takes the same cells', () => {
  expect(toAscii('● 支付 é', ASCII)).toBe('* ???? ?');
  expect(toAscii('● 支付 é', ASCII, true)).toBe('* 支付 é');
});
