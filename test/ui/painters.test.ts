// What holds for every screen, in any state and any size.
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { View } from '../../ui/keys.ts';
import { paintBody } from '../../ui/screens/body.ts';
import { pick, randomState, seeded } from './random.ts';
import { plainTheme } from './samples.ts';
import { onScreen } from './scenes.ts';

const ESCAPE = String.fromCodePoint(27);
const SGR = new RegExp(String.raw`${ESCAPE}\[[\d;]*m`, 'g');
const COLOR = new RegExp(String.raw`${ESCAPE}\[[\d;]*3\d`);
const FORBIDDEN = /[\p{Cc}\p{Bidi_Control}\p{Surrogate}]/u;
const VIEWS: readonly View[] = ['overview', 'app', 'rollout'];

describe('in any state and any size', () => {
  const themes = [
    plainTheme(),
    plainTheme({ unicode: false }),
    plainTheme({ color: true, styles: true }),
    plainTheme({ color: true, styles: true, unicode: false }),
  ];

  test('a painter gives exactly its rows, none too wide, and no control character', () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const random = seeded(seed);
      const state = randomState(random);
      // Small screens are as often tried as all the others, as they have most to leave out.
      const [most, high] = seed % 2 === 0 ? [250, 80] : [100, 30];
      const width = 1 + Math.floor(random() * most);
      const height = 1 + Math.floor(random() * high);
      const below = pick(random, [0, 1, 2, 7]);
      const size = { columns: width, rows: height + below };
      const rows = paintBody({ ...state, ...size }, width, height, pick(random, themes));
      const where = `seed ${seed}, ${width}x${height}`;
      expect(rows.length, where).toBe(height);
      const texts = rows.map((row) => row.replaceAll(SGR, ''));
      expect(
        texts.filter((text) => FORBIDDEN.test(text)),
        where,
      ).toEqual([]);
      expect(
        texts.filter((text) => stringWidth(text) > width),
        where,
      ).toEqual([]);
    }
  });

  test.each(VIEWS)('no size makes the screen %s throw', (view) => {
    const state = onScreen(view);
    for (let width = 0; width <= 220; width += width < 45 ? 1 : 5) {
      for (let height = 0; height <= 60; height += height < 22 ? 1 : 4) {
        for (const below of [0, 7]) {
          const size = { columns: width, rows: height + below };
          expect(paintBody({ ...state, ...size }, width, height, themes[0]!)).toHaveLength(height);
        }
      }
    }
  });
});

describe('colours and glyphs', () => {
  test('colours repeat what the words say, and NO_COLOR leaves the words alone', () => {
    const state = onScreen('overview');
    const colored = paintBody(state, 80, 23, plainTheme({ color: true, styles: true })).join('\n');
    const plain = paintBody(state, 80, 23, plainTheme({ color: false, styles: true })).join('\n');
    expect(colored).toContain(`${ESCAPE}[32m  ● online`);
    expect(plain).not.toMatch(COLOR);
    expect(plain.replaceAll(SGR, '')).toBe(colored.replaceAll(SGR, ''));
  });

  test.each(VIEWS)('without UTF-8 %s is drawn in ASCII, in the same cells', (view) => {
    const state = onScreen(view);
    const unicode = paintBody(state, 100, 29, plainTheme());
    const ascii = paintBody(state, 100, 29, plainTheme({ unicode: false }));
    expect(ascii.join('')).toMatch(/^[ -~]*$/);
    expect(ascii.join('')).not.toContain('?');
    expect(ascii.map((row) => stringWidth(row))).toEqual(unicode.map((row) => stringWidth(row)));
  });

  test.each(VIEWS)('figures of %s are dim while the daemon is away', (view) => {
    const state = onScreen(view);
    const lost = { ...state, link: { ...state.link, phase: 'lost' as const } };
    const rows = paintBody(lost, 100, 29, plainTheme({ color: true, styles: true }));
    const below = rows.slice(3, -1).filter((row) => row !== '');
    expect(below.every((row) => row.startsWith(`${ESCAPE}[2m`))).toBe(true);
    expect(rows[0]).toContain('NO DAEMON');
  });
});
