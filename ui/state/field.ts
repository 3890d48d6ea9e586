// A line of text that is being typed. Pure.
import type { DashState, Field } from './state.ts';

const WORD = /\S+\s*$/;

export function openField(purpose: Field['purpose'], text: string): Field {
  return { purpose, text, cursor: Array.from(text).length };
}

/** The field after a key; the same one for keys that mean nothing in it. Keys as in a shell. */
export function edit(field: Field, key: string): Field {
  const chars = Array.from(field.text);
  const left = chars.slice(0, field.cursor);
  const right = chars.slice(field.cursor);
  switch (key) {
    case 'left':
    case 'ctrl-b':
      return { ...field, cursor: Math.max(0, field.cursor - 1) };
    case 'right':
    case 'ctrl-f':
      return { ...field, cursor: Math.min(chars.length, field.cursor + 1) };
    case 'home':
    case 'ctrl-a':
      return { ...field, cursor: 0 };
    case 'end':
    case 'ctrl-e':
      return { ...field, cursor: chars.length };
    case 'backspace':
      return joined(field, left.slice(0, -1), right);
    case 'ctrl-d':
      return joined(field, left, right.slice(1));
    case 'ctrl-u':
      return joined(field, [], right);
    case 'ctrl-k':
      return joined(field, left, []);
    case 'ctrl-w':
      return joined(field, Array.from(left.join('').replace(WORD, '')), right);
    default:
      return Array.from(key).length === 1 ? joined(field, [...left, key], right) : field;
  }
}

/** The command before or after the one that stands in the field. */
export function recalled({ commands }: Pick<DashState, 'commands'>, field: Field, by: -1 | 1): Field {
  const at = commands.lastIndexOf(field.text);
  const place = at < 0 ? commands.length : at;
  const text = commands[place + by] ?? (by > 0 ? '' : field.text);
  return openField(field.purpose, text);
}

function joined(field: Field, left: readonly string[], right: readonly string[]): Field {
  return { ...field, text: [...left, ...right].join(''), cursor: left.length };
}
