// Text and its width in terminal cells. Everything shown passes through `clean`: no app can move our cursor.
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

const PLAIN = /^[ -~]*$/;
/** Plain text and our own glyphs: one cell each, which spares most of the time that measuring takes. */
const NARROW = /^[ -~·…›←-↓─-▟▲○●◐◑▾✓✖⟳]*$/;
/** Longer texts (a log line of a megabyte) are cut before they are looked at. */
const LONGEST = 4096;
const segmenter = new Intl.Segmenter();

/** The same text without escape sequences; other control characters become visible as `\x07`, bidi overrides go. */
export function clean(text: string): string {
  const short = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  if (NARROW.test(short)) return short;
  return stripVTControlCharacters(short)
    .replaceAll('\t', '  ')
    .replaceAll(/\p{Cc}/gu, (char) => `\\x${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`)
    .replaceAll(/[\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/\p{Bidi_Control}/gu, '')
    .replaceAll(/\p{Surrogate}/gu, '\uFFFD');
}

/** Cells that a clean text takes. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** Exactly `width` cells, words at the left; what does not fit is cut at the end with `…`. */
export function fit(text: string, width: number): string {
  const whole = clean(text);
  const room = width - widthOf(whole);
  return room >= 0 ? whole + ' '.repeat(room) : fill(`${take(whole, width - 1)}${width > 0 ? '…' : ''}`, width);
}

/** Exactly `width` cells, words at the right: for numbers. */
export function fitRight(text: string, width: number): string {
  const whole = clean(text);
  const room = width - widthOf(whole);
  return room >= 0 ? ' '.repeat(room) + whole : fit(whole, width);
}

/** Exactly `width` cells, cut in the middle: `payments-worker-a` and `-b` stay apart. */
export function fitMiddle(text: string, width: number): string {
  const whole = clean(text);
  if (widthOf(whole) <= width || width < 5) return fit(whole, width);
  const tail = Math.floor((width - 1) / 2);
  return fill(`${take(whole, width - 1 - tail)}…${takeEnd(whole, tail)}`, width);
}

/** The longest beginning of a clean text that takes at most `width` cells. */
export function take(text: string, width: number): string {
  if (NARROW.test(text)) return text.slice(0, Math.max(0, width));
  let taken = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    taken += segment;
  }
  return taken;
}

/** Only ASCII, in the same number of cells: for terminals whose locale is not UTF-8. */
export function toAscii(text: string, known: Readonly<Record<string, string>>): string {
  if (PLAIN.test(text)) return text;
  let ascii = '';
  for (const { segment } of segmenter.segment(text)) {
    ascii += PLAIN.test(segment) ? segment : (known[segment] ?? '?'.repeat(widthOf(segment)));
  }
  return ascii;
}

function takeEnd(text: string, width: number): string {
  const segments = Array.from(segmenter.segment(text), ({ segment }) => segment);
  let from = segments.length;
  let used = 0;
  while (from > 0) {
    used += widthOf(segments[from - 1] ?? '');
    if (used > width) break;
    from -= 1;
  }
  return segments.slice(from).join('');
}

function fill(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
