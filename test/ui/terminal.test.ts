// In and out of the terminal, as often as one likes; and what is typed meanwhile.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createTerminal, sizeOf } from '../../ui/terminal.ts';
import { until } from '../helpers/until.ts';
import { TerminalDouble } from './terminal-double.ts';

const IN = '\u001B[?1049h\u001B[?25l\u001B[?7l';
const OUT = '\u001B[?2026l\u001B[0m\u001B[?7h\u001B[?25h\u001B[?1049l';

test('it is entered and left again and again, and twice is once', () => {
  const double = new TerminalDouble(80, 24);
  const terminal = createTerminal(double.stdout, double.stdin);
  terminal.leave();
  expect(double.written).toBe('');
  for (const written of [IN + OUT, IN + OUT + IN + OUT]) {
    terminal.enter();
    terminal.enter();
    expect(double.raw).toBe(true);
    terminal.leave();
    terminal.leave();
    expect(double.raw).toBe(false);
    expect(double.written).toBe(written);
  }
});

test('keys are for Ink while we are in, and for whoever else has the terminal while we are not', async () => {
  const double = new TerminalDouble(80, 24);
  const terminal = createTerminal(double.stdout, double.stdin);
  const seen: string[] = [];
  terminal.keys.on('data', (typed) => seen.push(String(typed)));
  terminal.enter();
  double.input.write('a');
  await until(() => seen.join('') === 'a');
  terminal.leave();
  expect(double.stdin.isPaused()).toBe(true);
  double.input.write('b');
  await new Promise(setImmediate);
  expect(seen.join('')).toBe('a');
  expect(double.input.readableLength).toBe(1);
  terminal.enter();
  await until(() => seen.join('') === 'ab');
});

test('what Ink does to its input does not reach the terminal', () => {
  const double = new TerminalDouble(80, 24);
  const { keys, enter } = createTerminal(double.stdout, double.stdin);
  enter();
  keys.setRawMode(false);
  keys.unref();
  expect(double.raw).toBe(true);
  expect(keys.isTTY).toBe(true);
});

test('of a terminal that is gone, what still works is put in order', () => {
  const double = new TerminalDouble(80, 24);
  const terminal = createTerminal(double.stdout, double.stdin);
  terminal.enter();
  double.stdin.setRawMode = () => {
    throw new Error('EIO');
  };
  terminal.leave();
  expect(double.written).toBe(IN + OUT);

  const closed = new PassThrough();
  closed.end();
  const half = createTerminal(closed as unknown as NodeJS.WriteStream, double.stdin);
  double.stdin.setRawMode = () => double.stdin;
  closed.on('error', () => {});
  half.enter();
  expect(() => half.leave()).not.toThrow();
});

test.each([
  [
    { columns: 100, rows: 30 },
    { columns: 100, rows: 30 },
  ],
  [
    { columns: 0, rows: 0 },
    { columns: 80, rows: 24 },
  ],
  [
    { columns: undefined, rows: undefined },
    { columns: 80, rows: 24 },
  ],
  [
    { columns: 132, rows: 0 },
    { columns: 132, rows: 24 },
  ],
])('the size of %o is %o', (stream, size) => {
  expect(sizeOf(stream)).toEqual(size);
});
