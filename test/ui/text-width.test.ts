// Measuring is fast where there is nothing to measure, and never different from measuring it all.
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { clean, take, widthOf } from '../../ui/paint/text.ts';
import { NASTY, pick, seeded } from './random.ts';

const PIECES = [
  ...NASTY.map((text) => clean(text.slice(0, 60))),
  'plain words',
  'Müller Straße — Привет',
  '1',
  '\uFE0F\u20E3',
  '\u0301',
  '\u200D',
  '🇪',
  '✅',
  '↔',
  '\uFE0F',
];

function mixtures(): readonly string[] {
  const random = seeded(7);
  return Array.from({ length: 3000 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(random, PIECES)).join(''),
  );
}

test('widths are those of string-width', () => {
  for (const text of mixtures()) expect(widthOf(text), JSON.stringify(text)).toBe(stringWidth(text));
  expect(widthOf('\u001B[1;33mwarn\u001B[0m 支')).toBe(7);
});

test('what is taken is the longest beginning that fits, and no character is cut in two', () => {
  const segmenter = new Intl.Segmenter();
  const random = seeded(8);
  for (const text of mixtures()) {
    const width = Math.floor(random() * 60);
    const taken = take(text, width);
    expect(text.startsWith(taken)).toBe(true);
    expect(stringWidth(taken), JSON.stringify(text)).toBeLessThanOrEqual(width);
    const ends = Array.from(segmenter.segment(text), ({ index, segment }) => index + segment.length);
    expect([0, ...ends], JSON.stringify([text, width])).toContain(taken.length);
    const next = ends.find((end) => end > taken.length);
    if (next !== undefined)
      expect(stringWidth(text.slice(0, next)), JSON.stringify([text, width])).toBeGreaterThan(width);
  }
});
