import { expect, test } from 'vitest';
import { edit, openField, recalled } from '../../ui/state/field.ts';

const after = (text: string, ...keys: readonly string[]) => {
  const { text: changed, cursor } = keys.reduce(edit, openField('command', text));
  return `${changed.slice(0, cursor)}|${changed.slice(cursor)}`;
};

test.each([
  ['letters', '', ['a', 'p', 'i'], 'api|'],
  ['in the middle', 'ai', ['left', 'p'], 'ap|i'],
  ['backspace', 'api', ['backspace'], 'ap|'],
  ['backspace at the start', 'api', ['home', 'backspace'], '|api'],
  ['Ctrl-U', 'api', ['left', 'ctrl-u'], '|i'],
  ['Ctrl-K', 'api', ['ctrl-a', 'ctrl-k'], '|'],
  ['Ctrl-W', 'reload api ', ['ctrl-w'], 'reload |'],
  ['Ctrl-D', 'api', ['home', 'ctrl-d'], '|pi'],
  ['Ctrl-E after the left end', 'api', ['ctrl-a', 'ctrl-e'], 'api|'],
  ['a key without a meaning here', 'api', ['pageup', 'shift-tab', 'ctrl-x'], 'api|'],
  ['past both ends', 'a', ['right', 'right', 'left', 'left', 'left'], '|a'],
])('%s', (_, text, keys, expected) => {
  expect(after(text, ...keys)).toBe(expected);
});

test('a character of several code units is one', () => {
  const field = ['👍', 'a'].reduce(edit, openField('search', ''));
  expect(field).toMatchObject({ text: '👍a', cursor: 2 });
  expect(edit(edit(field, 'backspace'), 'backspace').text).toBe('');
});

test('earlier lines come back, and the empty one after the last', () => {
  const history = { commands: ['reload api', 'stop web'] };
  const up = (text: string): string => recalled(history, openField('command', text), -1).text;
  expect(up('')).toBe('stop web');
  expect(up('stop web')).toBe('reload api');
  expect(up('reload api')).toBe('reload api');
  expect(recalled(history, openField('command', 'reload api'), 1).text).toBe('stop web');
  expect(recalled(history, openField('command', 'stop web'), 1).text).toBe('');
});
