import { describe, expect, test } from 'vitest';
import { fromWire, messageOf, toWire, ZdmError } from '../../../daemon/protocol/errors.ts';
import { CODES } from './codes.ts';

test('the table was found', () => {
  expect(CODES).toEqual(expect.arrayContaining(['BAD_USAGE', 'INTERNAL', 'TIMEOUT']));
});

describe.each(CODES)('%s', (code) => {
  test('comes over the wire with its message and hint', () => {
    const back = fromWire(JSON.parse(JSON.stringify(toWire(new ZdmError(code, 'what and why', 'do this')))));
    expect(back).toBeInstanceOf(ZdmError);
    expect(back).toMatchObject({ code, message: 'what and why', hint: 'do this' });
  });

  test('has an exit code that says it failed', () => {
    expect(new ZdmError(code, 'x').exitCode).toBe(code === 'BAD_USAGE' || code === 'BAD_CONFIG' ? 2 : 1);
  });

  test('keeps having no hint when it was sent without one', () => {
    expect(fromWire(toWire(new ZdmError(code, 'x', null))).hint).toBeNull();
  });
});

describe('anything thrown', () => {
  test.each([new TypeError('broken'), 'broken', { toString: () => 'broken' }])('%o becomes INTERNAL', (thrown) => {
    expect(toWire(thrown)).toMatchObject({ code: 'INTERNAL', message: 'broken' });
    expect(toWire(thrown).hint).toMatch(/bug in zdm/);
    expect(messageOf(thrown)).toBe('broken');
  });
});

describe('what is no error of ours', () => {
  test.each(['FROM_THE_FUTURE', 'toString', 'constructor', '__proto__', '', 7, null])(
    'code %j becomes INTERNAL',
    (code) => {
      const error = fromWire({ code, message: 'm', hint: null });
      expect(error).toMatchObject({ code: 'INTERNAL', message: 'm', exitCode: 1 });
    },
  );

  test.each([null, undefined, 7, 'text', [], {}, { code: 'TIMEOUT', message: 7, hint: {} }])(
    '%j still is one',
    (value) => {
      const error = fromWire(value);
      expect(error).toBeInstanceOf(ZdmError);
      expect(error.message).not.toBe('');
      expect(error.hint).toBeNull();
    },
  );
});
