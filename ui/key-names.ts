// From what Ink says about a key press to the names of the key table.
import type { Key } from 'ink';

const NAMED: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  // Ink 6 calls the Backspace key of most terminals (0x7f) `delete`.
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
];

const CONTROLS: Readonly<Record<string, string>> = { '\r': 'enter', '\n': 'enter', '\t': 'tab', '\u007F': 'backspace' };

/** The keys of one read, in order. */
export function keyNames(input: string, key: Key): readonly string[] {
  if (key.tab && key.shift) return ['shift-tab'];
  const named = NAMED.find(([flag]) => key[flag] === true);
  if (named !== undefined) return [named[1]];
  if (key.ctrl) return [`ctrl-${input}`];
  if (key.meta) return [];
  return Array.from(input, nameOf);
}

function nameOf(char: string): string {
  const control = CONTROLS[char];
  if (control !== undefined) return control;
  const code = char.codePointAt(0) ?? 0;
  return code > 0 && code < 27 ? `ctrl-${String.fromCodePoint(code + 96)}` : char;
}
