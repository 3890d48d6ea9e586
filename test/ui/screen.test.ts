import { createRequire } from 'node:module';
import type { Terminal as Emulator } from '@xterm/headless';
import { expect, test } from 'vitest';
import { changedLines, Screen } from '../../ui/screen.ts';
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
  screen.close();
  const closed = performance.now();
  await until(() => performance.now() - closed > 80);
  expect(writes).toHaveLength(1);
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
  screen.close();
});
