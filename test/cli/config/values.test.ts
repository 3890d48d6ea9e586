import { describe, expect, test } from 'vitest';
import { type FieldType, readValue } from '../../../cli/config/values.ts';
import { splitWords } from '../../../cli/config/words.ts';

const BAD = Symbol('bad');

const CASES: readonly [FieldType, unknown, unknown][] = [
  ['duration', 500, 500],
  ['duration', '500', 500],
  ['duration', '500ms', 500],
  ['duration', '10s', 10_000],
  ['duration', '1.5s', 1_500],
  ['duration', '2m', 120_000],
  ['duration', '1h', 3_600_000],
  ['duration', -1, BAD],
  ['duration', 'soon', BAD],
  ['duration', '10 days', BAD],
  ['duration', '9999h', BAD],
  ['duration', Number.NaN, BAD],
  ['duration', true, BAD],
  ['bytes', '300M', 300 * 1024 ** 2],
  ['bytes', '1.5G', 1.5 * 1024 ** 3],
  ['bytes', '512k', 512 * 1024],
  ['bytes', '10MB', 10 * 1024 ** 2],
  ['bytes', 1_000, 1_000],
  ['bytes', 0, 0],
  ['bytes', -1, BAD],
  ['bytes', '300 megs', BAD],
  ['bytes', true, BAD],
  ['bytes', '9e99G', BAD],
  ['percent', 95, 95],
  ['percent', '95%', 95],
  ['percent', '99.5', 99.5],
  ['percent', '-1', BAD],
  ['percent', 'all', BAD],
  ['percent', Number.NaN, BAD],
  ['percent', [95], BAD],
  ['codes', 0, [0]],
  ['codes', [0, '3'], [0, 3]],
  ['codes', '0, 3', [0, 3]],
  ['codes', '0 143', [0, 143]],
  ['codes', [], []],
  ['codes', 256, BAD],
  ['codes', [-1], BAD],
  ['codes', 'SIGTERM', BAD],
  ['codes', {}, BAD],
  ['count', 3, 3],
  ['count', '3', 3],
  ['count', -1, BAD],
  ['count', 1.5, BAD],
  ['instances', 'max', 'max'],
  ['instances', '-1', -1],
  ['instances', 0, 0],
  ['instances', 'many', BAD],
  ['boolean', true, true],
  ['boolean', 'false', false],
  ['boolean', 'yes', BAD],
  ['boolean', 1, BAD],
  ['mode', 'cluster_mode', 'cluster'],
  ['mode', 'fork', 'fork'],
  ['mode', 'threads', BAD],
  ['words', ['--port', 3000], ['--port', '3000']],
  ['words', '--name "a b"', ['--name', 'a b']],
  ['words', '--name "a b', BAD],
  ['words', { a: 1 }, BAD],
  ['paths', '.env', ['.env']],
  ['paths', ['.env', '.env.local'], ['.env', '.env.local']],
  ['paths', [1], BAD],
  ['string', '', BAD],
  ['string', 3, BAD],
  ['env', { A: 1, B: true, C: { d: [1] }, E: undefined, F: null }, { A: '1', B: 'true', C: '{"d":[1]}', F: null }],
  ['env', { 'A=B': '1' }, BAD],
  ['env', { A: () => 1 }, BAD],
  ['env', ['A'], BAD],
];

test.each(CASES)('%s: %j', (type, value, expected) => {
  const reading = readValue(type, value);
  if (expected === BAD) expect(reading).toEqual({ expected: expect.any(String) as string });
  else expect(reading).toEqual({ value: expected });
});

describe('words of a line', () => {
  test.each([
    ['', []],
    ['a  b', ['a', 'b']],
    [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
    [`--x="1 2"`, ['--x=1 2']],
    [`''`, ['']],
    [String.raw`a\ b`, ['a b']],
    [String.raw`"say \"hi\""`, ['say "hi"']],
    [String.raw`"a\ b"`, [String.raw`a\ b`]],
    [String.raw`'\d'`, [String.raw`\d`]],
    [String.raw`C:\app\x.js`, [String.raw`C:\app\x.js`]],
    [`it's`, undefined],
  ])('%s', (line, expected) => {
    expect(splitWords(line)).toEqual(expected);
  });
});
