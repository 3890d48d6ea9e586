import { createRequire } from 'node:module';
import type { Terminal as Emulator } from '@xterm/headless';
import { describe, expect, test } from 'vitest';
import { changedLines, type Frame, frameBytes, Screen } from '../../ui/screen.ts';
import { until } from '../helpers/until.ts';
import { paintBody } from '../../ui/screens/body.ts';
import { pick, randomState, seeded } from './random.ts';
import { plainTheme } from './samples.ts';

const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as { Terminal: typeof Emulator };

const WIDTH = 60;
const HEIGHT = 12;

async function shownAfter(bytes: readonly string[]): Promise<string> {
  const emulator = new Terminal({ cols: WIDTH, rows: HEIGHT, allowProposedApi: true });
  for (const part of ['\u001B[?7l', ...bytes]) await new Promise<void>((done) => emulator.write(part, done));
  const buffer = emulator.buffer.active;
  const cells = Array.from({ length: HEIGHT }, (_, row) =>
    Array.from({ length: WIDTH }, (_cell, column) => {
      const cell = buffer.getLine(row)?.getCell(column);
      return [cell?.getChars() || ' ', cell?.getFgColor(), cell?.isInverse(), cell?.isBold()].join();
    }),
  );
  emulator.dispose();
  return JSON.stringify(cells);
}

test('writing only what changed gives the same picture as writing everything', async () => {
  const theme = plainTheme({ color: true, styles: true });
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = seeded(seed);
    const frame = (): string[] => paintBody(randomState(random), WIDTH, HEIGHT, theme);
    const first = frame();
    const second = frame().map((row, at) => pick(random, [row, first[at] ?? '']));
    const steps = [changedLines(null, first, WIDTH), changedLines(first, second, WIDTH)];
    const whole = await shownAfter([changedLines(null, second, WIDTH)]);
    expect(await shownAfter(steps), `seed ${seed}`).toBe(whole);
  }
});

test('after a row over the full width nothing is erased: the cursor stands on its last cell', () => {
  expect(changedLines(['', ''], ['x'.repeat(WIDTH), 'short'], WIDTH)).toBe(
    `\u001B[1;1H${'x'.repeat(WIDTH)}\u001B[0m\u001B[2;1Hshort\u001B[0m\u001B[K`,
  );
});

test('nothing is written for an unchanged frame', () => {
  expect(changedLines(['a', 'b'], ['a', 'b'], 10)).toBe('');
});

test('many changes become one write, and none comes after the end', async () => {
  const writes: string[] = [];
  const out = { columns: 20, rows: 4, write: (text: string) => writes.push(text) > 0, once: () => undefined };
  const screen = new Screen(out);
  screen.inkStream().write('one\ntwo\nthree\nfour');
  let paints = 0;
  const paint = (): string[] => ['painted 1', `painted ${(paints += 1) + 1}`];
  screen.setRegion({ height: 2, paint });
  for (let times = 0; times < 50; times += 1) screen.redraw();
  await until(() => writes.length > 0);
  expect(writes).toHaveLength(1);
  expect(paints).toBe(1);
  expect(writes[0]).toContain('painted 2');
  expect(writes[0]).toContain('three');
  expect(writes[0]).not.toContain('two');
  screen.setRegion(null);
  screen.pause();
  const closed = performance.now();
  await until(() => performance.now() - closed > 80);
  expect(writes).toHaveLength(1);
});

describe('the cursor of the terminal', () => {
  const rows = ['one', 'two'];
  const at = (row: number, column: number, lines = rows): Frame => ({ rows: lines, cursor: { row, column } });
  const hidden = (lines = rows): Frame => ({ rows: lines, cursor: null });

  const HIDE = '\u001B[?25l';
  const SHOW = '\u001B[?25h';
  const second = '\u001B[2;1H2\u001B[0m\u001B[K';
  test.each<[name: string, shown: Frame, next: Frame, bytes: string]>([
    ['stays where it is', at(0, 1), at(0, 1), ''],
    ['stays hidden', hidden(), hidden(), ''],
    ['appears', hidden(), at(1, 3), `\u001B[2;4H${SHOW}`],
    ['moves', at(0, 1), at(0, 2), `${HIDE}\u001B[1;3H${SHOW}`],
    ['goes', at(0, 1), hidden(), HIDE],
    ['is not seen where lines are written', at(0, 1), at(0, 1, ['one', '2']), `${HIDE}${second}\u001B[1;2H${SHOW}`],
  ])('%s', (_, shown, next, bytes) => {
    expect(frameBytes(shown, next, WIDTH)).toBe(bytes);
  });

  test('is hidden where it is not known what is shown', () => {
    expect(frameBytes(null, hidden(), WIDTH).startsWith(HIDE)).toBe(true);
  });

  test('stands at its place after each frame, which is still one write', async () => {
    const emulator = new Terminal({ cols: WIDTH, rows: HEIGHT, allowProposedApi: true });
    const writes: string[] = [];
    const write = (text: string): boolean => writes.push(text) > 0;
    const screen = new Screen({ columns: WIDTH, rows: HEIGHT, write, once: () => undefined });
    const place = async (count: number): Promise<[number, number]> => {
      await until(() => writes.length >= count);
      expect(writes).toHaveLength(count);
      await new Promise<void>((done) => emulator.write(writes.at(-1) ?? '', done));
      return [emulator.buffer.active.cursorY, emulator.buffer.active.cursorX];
    };
    let figure = 1;
    screen.setRegion({ height: 1, paint: () => [`figure ${figure}`] });
    screen.setCursor({ row: HEIGHT - 1, column: 5 });
    expect(await place(1)).toEqual([HEIGHT - 1, 5]);
    figure = 2;
    screen.redraw();
    expect(await place(2)).toEqual([HEIGHT - 1, 5]);
    screen.setCursor({ row: HEIGHT - 1, column: 6 });
    expect(await place(3)).toEqual([HEIGHT - 1, 6]);
    screen.setCursor(null);
    await place(4);
    expect(writes.at(-1)).toBe('\u001B[?2026h\u001B[?25l\u001B[?2026l');
    screen.pause();
    emulator.dispose();
  });
});

test.each([
  ['0x0', 0, 0],
  ['unknown', undefined, undefined],
])('a terminal whose size is %s is taken for one of 80x24', async (_, columns, rows) => {
  const writes: string[] = [];
  const out = { columns, rows, write: (text: string) => writes.push(text) > 0, once: () => undefined };
  const screen = new Screen(out);
  expect(screen.inkStream()).toMatchObject({ columns: 80, rows: 24 });
  screen.setRegion({ height: 23, paint: () => Array.from({ length: 23 }, (_row, at) => `line ${at + 1}`) });
  screen.inkStream().write('the key bar'.padStart(11 + 23, '\n'));
  await until(() => writes.length > 0);
  expect(writes.join('')).toContain('\u001B[23;1Hline 23');
  expect(writes.join('')).toContain('\u001B[24;1Hthe key bar');
  screen.pause();
});

test('a storm of resizes costs as many frames as the eye can see', async () => {
  const writes: string[] = [];
  const out = { columns: 80, rows: 24, write: (text: string) => writes.push(text) > 0, once: () => undefined };
  const screen = new Screen(out);
  let paints = 0;
  screen.setRegion({ height: 24, paint: () => [`${out.columns} columns, paint ${(paints += 1)}`] });
  const started = performance.now();
  for (let columns = 20; columns <= 220; columns += 1) {
    out.columns = columns;
    screen.invalidate();
    await new Promise(setImmediate);
  }
  const took = performance.now() - started;
  await until(() => writes.at(-1)?.includes('220 columns'));
  expect(paints).toBeLessThanOrEqual(2 + took / 33);
  expect(writes).toHaveLength(paints);
  screen.pause();
});

test('while others have the terminal nothing is written, and afterwards everything', async () => {
  const writes: string[] = [];
  const out = { columns: 20, rows: 2, write: (text: string) => writes.push(text) > 0, once: () => undefined };
  const screen = new Screen(out);
  screen.setRegion({ height: 2, paint: () => ['one', 'two'] });
  await until(() => writes.length === 1);
  screen.redraw();
  screen.pause();
  screen.invalidate();
  const paused = performance.now();
  await until(() => performance.now() - paused > 80);
  expect(writes).toHaveLength(1);
  screen.resume();
  await until(() => writes.length === 2);
  expect(writes[1]).toContain('\u001B[2J');
  expect(writes[1]).toContain('two');
  screen.pause();
});

test('a slow line gets the newest frame when it is ready, not every frame', async () => {
  const writes: string[] = [];
  let ready: (() => void) | null = null;
  const once = (_: string, listener: () => void): void => void (ready = listener);
  const out = { columns: 20, rows: 1, writableNeedDrain: true, write: (text: string) => writes.push(text) > 0, once };
  const screen = new Screen(out);
  let figure = 'old';
  screen.setRegion({ height: 1, paint: () => [figure] });
  await until(() => ready !== null);
  figure = 'new';
  out.writableNeedDrain = false;
  (ready as unknown as () => void)();
  await until(() => writes.length > 0);
  expect(writes.join('')).toContain('new');
  expect(writes.join('')).not.toContain('old');
  screen.pause();
});
