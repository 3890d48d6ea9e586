// How many cells a terminal gives to characters beyond ours. The measuring packages build tables for a fifth of a second's
// work when they are loaded; here nothing is built before such a character is met, and then little.
import { eastAsianWidth } from 'get-east-asian-width';

let segmenter: Intl.Segmenter | undefined;

/** What is seen as one character: letters with their marks, a family of emoji. */
export function clusters(text: string): string[] {
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Cells of one such character. */
export function clusterWidth(cluster: string): number {
  const [base, ...rest] = Array.from(cluster.replace(INVISIBLE(), ''));
  if (base === undefined) return 0;
  if (EMOJI().test(cluster)) return 2;
  // Of what follows the base only this takes room of its own; Korean vowels and finals stand inside their syllable.
  const more = rest.filter((char) => OWN_ROOM().test(char));
  return [base, ...more].reduce((cells, char) => cells + eastAsianWidth(char.codePointAt(0) ?? 0), 0);
}

const INVISIBLE = lazily(
  String.raw`[\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Surrogate}]+`,
  'gu',
);
const OWN_ROOM = lazily(String.raw`[\p{Spacing_Mark}\uFF00-\uFFEF\u1100-\u115F\uA960-\uA97C\uAC00-\uD7A3]`, 'u');
/** Flags, keycaps, and symbols that became emoji by what follows them. Other emoji are wide by themselves. */
const EMOJI = lazily(
  [
    String.raw`^\p{Regional_Indicator}{2}$`,
    String.raw`^[\d#*]\uFE0F?\u20E3$`,
    String.raw`^(?![\d#*]|\p{Regional_Indicator})\p{Emoji}(?:\uFE0F|\p{Emoji_Modifier})$`,
    String.raw`\p{Extended_Pictographic}.*\u200D.*\p{Extended_Pictographic}`,
  ].join('|'),
  'su',
);

/** Such patterns cost a millisecond each to make. */
function lazily(source: string, flags: string): () => RegExp {
  let made: RegExp | undefined;
  return () => (made ??= new RegExp(source, flags));
}
