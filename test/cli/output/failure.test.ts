import { expect, test } from 'vitest';
import { cleanText } from '../../../cli/output/clean-text.ts';
import { errorLines, exitCodeOf } from '../../../cli/output/failure.ts';
import { createStyle } from '../../../cli/output/style.ts';
import { ZdmError } from '../../../daemon/protocol/errors.ts';

const style = createStyle({ color: false, unicode: true });

test('an expected failure: what happened and the next step', () => {
  const error = new ZdmError('NO_SUCH_APP', 'There is no app "apo".\nThere is: api');
  expect(errorLines(error, style)).toEqual([
    'zdm: There is no app "apo".',
    'There is: api',
    'See what there is: zdm list',
  ]);
  expect(exitCodeOf(error)).toBe(1);
  expect(exitCodeOf(new ZdmError('BAD_USAGE', 'x'))).toBe(2);
});

test('anything else is a bug, with its stack on demand', () => {
  expect(errorLines(new TypeError('x is not a function'), style)).toEqual([
    'zdm: x is not a function',
    'This is a bug in zdm. To see where: ZDM_DEBUG=1',
  ]);
  const lines = errorLines(new TypeError('boom'), style, true);
  expect(lines.slice(0, 3)).toEqual(['zdm: boom', 'This is a bug in zdm.', 'TypeError: boom']);
  expect(lines[3]).toMatch(/^ +at .*failure\.test\.ts/);
  expect(errorLines('a text', style)[0]).toBe('zdm: a text');
});

test.each([
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]0;title\u0007x', 'x'],
  ['\u001b]8;;http://a\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['a\r\u0008b\u0000c', 'abc'],
  ['\u009b2Jx', 'x'],
  ['\u001b[2J\u001b[Hx\u001bc', 'x'],
  ['\tx', '  x'],
  ['safe\u202etxt.exe', 'safetxt.exe'],
  ['é 漢 😀', 'é 漢 😀'],
])('%j is shown as %j', (text, clean) => {
  expect(cleanText(text)).toBe(clean);
});
