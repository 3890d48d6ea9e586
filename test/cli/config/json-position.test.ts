import { expect, test } from 'vitest';
import { jsonErrorAt } from '../../../cli/config/json-position.ts';

test.each([
  ['{"a": 1,}', 8],
  ['{"a" x}', 5],
  ['[1,2', 4],
  ['[1 2]', 3],
  ['{"a": "b\n"}', 6],
  ['{"a": }', 6],
  ['{a: 1}', 1],
  ['[1] x', 4],
  ['[01]', 2],
  ['', 0],
  [' nul', 1],
])('%j breaks at %i', (text, position) => {
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
  expect(jsonErrorAt(text)).toBe(position);
});

test.each(['{"a":[1,-2.5e3,{"b":"\\u00e9 \\" é"}],"c":null}', '[]', '{}', ' "x" ', '[true, false]'])(
  '%s is fine to its end',
  (text) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
    expect(jsonErrorAt(text)).toBe(text.length);
  },
);
