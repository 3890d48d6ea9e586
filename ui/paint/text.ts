// Text and its width in terminal cells. Everything shown passes through `clean`: no app can move our cursor.
import { clusters, clusterWidth } from './width.ts';

const PLAIN = /^[ -~]*$/;
/** Plain text, Latin, Greek and Cyrillic letters and our own glyphs: one cell each, never part of what stands beside them. */
const NARROW_SET = String.raw` -~\u00A1-\u00AC\u00AE-\u02FF\u0370-\u0482\u048A-\u052F–—‘’“”…›←-↓─-▟▲▴▾○●◐◑✓✖⟳`;
const NARROW = new RegExp(`^[${NARROW_SET}]*$`);
/** Where only they stand there is nothing to measure, which spares most of the time. A mark may belong to the last one. */
const NARROW_RUN = new RegExp(`([${NARROW_SET}]{2,})(?=[${NARROW_SET}])`, 'g');
const GLYPH = /[^ -~]/g;
/** Of longer texts (a log line of a megabyte) no more is looked at, where there is no room for it anyway. */
const LONGEST = 4096;
// OSC and its kin first, because their first characters would pass for a short sequence.
// eslint-disable-next-line no-control-regex
export const SEQUENCES = /[\u001b\u009b](?:[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\[?[0-?]*[ -/]*[@-~])/g;

/**
 * The same text without escape sequences; other control characters become visible as `\x07`, and what reverses the direction
 * of text goes: it can make a line look like another one. `width`: more cells than these are not needed.
 */
export function clean(text: string, width = Infinity): string {
  const short = text.length > LONGEST && width < LONGEST ? text.slice(0, LONGEST) : text;
  if (NARROW.test(short)) return short;
  return short
    .replaceAll(SEQUENCES, '')
    .replace(/\r$/, '')
    .replaceAll('\t', '  ')
    .replaceAll(/\p{Cc}/gu, (char) => `\\x${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`)
    .replaceAll(/[\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/\p{Bidi_Control}/gu, '')
    .replaceAll(/\p{Surrogate}/gu, '\uFFFD');
}

/** Cells that a clean text takes, or one with the colours of a theme. */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  if (text.includes('\u001B')) return widthOf(text.replaceAll(SEQUENCES, '').replaceAll('\u001B', ''));
  const rest = text.replaceAll(NARROW_RUN, '');
  return text.length - rest.length + clusters(rest).reduce((cells, one) => cells + clusterWidth(one), 0);
}

/** At most `width` cells; what does not fit is cut at the end with `…`. */
export function cutEnd(text: string, width: number): string {
  const whole = clean(text, width);
  return widthOf(whole) <= width ? whole : `${take(whole, width - 1)}${width > 0 ? '…' : ''}`;
}

/** At most `width` cells, cut in the middle: `payments-worker-a` and `-b` stay apart. */
export function cutMiddle(text: string, width: number): string {
  const whole = clean(text, width);
  if (widthOf(whole) <= width || width < 5) return cutEnd(whole, width);
  const tail = Math.floor((width - 1) / 2);
  return `${take(whole, width - 1 - tail)}…${takeEnd(whole, tail)}`;
}

/** Exactly `width` cells, words at the left. */
export function fit(text: string, width: number): string {
  return fill(cutEnd(text, width), width);
}

/** Exactly `width` cells, words at the right: for numbers. */
export function fitRight(text: string, width: number): string {
  const cut = cutEnd(text, width);
  return ' '.repeat(Math.max(0, width - widthOf(cut))) + cut;
}

/** Exactly `width` cells, cut in the middle. */
export function fitMiddle(text: string, width: number): string {
  return fill(cutMiddle(text, width), width);
}

/** The longest beginning of a clean text that takes at most `width` cells. */
export function take(text: string, width: number): string {
  if (NARROW.test(text)) return text.slice(0, Math.max(0, width));
  let at = 0;
  let room = width;
  for (const [place, part] of text.split(NARROW_RUN).entries()) {
    if (place % 2 === 1) {
      if (part.length > room) return text.slice(0, at + Math.max(0, room));
      at += part.length;
      room -= part.length;
      continue;
    }
    for (const cluster of clusters(part)) {
      room -= widthOf(cluster);
      if (room < 0) return text.slice(0, at);
      at += cluster.length;
    }
  }
  return text;
}

/** Broken at spaces into lines that fit; a word that is too long is broken anywhere. `indent` is for all but the first. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const room = Math.max(width, indent.length + 8);
  const lines: string[] = [];
  let line = '';
  // A word brings the spaces in front of it along; they vanish where a line is broken.
  for (const word of clean(text).match(/ *[^ ]+/g) ?? []) {
    if (widthOf(line + word) <= room) {
      line += word;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = broken(line === '' ? word : indent + word.trimStart(), room, indent);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  return [...lines, line];
}

/** Our glyphs by their stand-ins, in the same cells. `foreign` characters stay, or become `?`. */
export function toAscii(text: string, known: Readonly<Record<string, string>>, foreign = false): string {
  if (PLAIN.test(text)) return text;
  if (NARROW.test(text)) return text.replaceAll(GLYPH, (glyph) => known[glyph] ?? (foreign ? glyph : '?'));
  const stand = (one: string): string => (foreign ? one : '?'.repeat(widthOf(one)));
  return clusters(text)
    .map((one) => (PLAIN.test(one) ? one : (known[one] ?? stand(one))))
    .join('');
}

/** Wherever the room ends. What is wider than all of it still gets a line, or this would have no end. */
function broken(text: string, room: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const cluster of NARROW.test(text) ? text : clusters(text)) {
    const cells = widthOf(cluster);
    if (used + cells > room && used > indent.length) {
      lines.push(line);
      line = indent;
      used = indent.length;
    }
    line += cluster;
    used += cells;
  }
  return [...lines, line];
}

function takeEnd(text: string, width: number): string {
  const all = clusters(text);
  let from = all.length;
  let used = 0;
  while (from > 0) {
    used += widthOf(all[from - 1] ?? '');
    if (used > width) break;
    from -= 1;
  }
  return all.slice(from).join('');
}

function fill(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
