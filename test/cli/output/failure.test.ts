import { expect, test } from 'vitest';
import { errorLines, exitCodeOf } from '../../../cli/output/failure.ts';
import { ZdmError } from '../../../daemon/protocol/errors.ts';
import { plainTheme } from '../../ui/samples.ts';

const theme = plainTheme();

test('an expected failure: what happened and the next step', () => {
  const error = new ZdmError('NO_SUCH_APP', 'There is no app "apo".\nThere is: api');
  expect(errorLines(error, theme)).toEqual([
    'zdm: There is no app "apo".',
    'There is: api',
    'See what there is: zdm list',
  ]);
  expect(exitCodeOf(error)).toBe(1);
  expect(exitCodeOf(new ZdmError('BAD_USAGE', 'x'))).toBe(2);
});

test('anything else is a bug, with its stack on demand', () => {
  expect(errorLines(new TypeError('x is not a function'), theme)).toEqual([
    'zdm: x is not a function',
    'This is a bug in zdm. To see where: ZDM_DEBUG=1',
  ]);
  const lines = errorLines(new TypeError('boom'), theme, true);
  expect(lines.slice(0, 3)).toEqual(['zdm: boom', 'This is a bug in zdm.', 'TypeError: boom']);
  expect(lines[3]).toMatch(/^ +at .*failure\.test\.ts/);
  expect(errorLines('a text', theme)[0]).toBe('zdm: a text');
});
