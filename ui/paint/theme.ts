// Colours by meaning. Nothing else in the dashboard emits colour, so NO_COLOR and ASCII are decided here once.
import { toAscii } from './text.ts';

/** What a piece of text means. Meaning is always in the words too; a tone only repeats it. */
export type Tone = 'plain' | 'good' | 'busy' | 'leaving' | 'warn' | 'bad' | 'muted' | 'strong';

/** How a whole line stands: the selected one, or one whose figures are old. */
export type Mood = 'normal' | 'selected' | 'stale';

export interface Theme {
  /** Text as it goes to the terminal. The width in cells does not change. */
  paint(text: string, tone: Tone, mood: Mood): string;
  /** Time of day of an event. */
  clock(at: number): string;
}

export interface ThemeOptions {
  readonly color: boolean;
  /** Bold, dim and inverse; off only on terminals that know no escape sequences. */
  readonly styles: boolean;
  readonly unicode: boolean;
  readonly clock: (at: number) => string;
}

export function createTheme(options: ThemeOptions): Theme {
  return {
    paint(text, tone, mood) {
      const shown = options.unicode ? text : toAscii(text, ASCII);
      const codes = options.styles ? codesOf(tone, mood, options.color) : [];
      return codes.length === 0 ? shown : `\u001B[${codes.join(';')}m${shown}\u001B[0m`;
    },
    clock: options.clock,
  };
}

/** What the environment asks for: NO_COLOR, FORCE_COLOR, TERM and the locale. */
export function themeOptions(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): ThemeOptions {
  const dumb = env['TERM'] === 'dumb';
  const forced = Boolean(env['FORCE_COLOR']) && env['FORCE_COLOR'] !== '0';
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    color: forced || (!dumb && !env['NO_COLOR']),
    styles: !dumb,
    // Nobody sets a locale on Windows, and macOS is UTF-8 without one.
    unicode: (/utf-?8/i.test(locale) || (locale === '' && platform !== 'linux')) && env['TERM'] !== 'linux' && !dumb,
    clock: (at) => new Date(at).toTimeString().slice(0, 8),
  };
}

/** The ASCII stand-in of every glyph that the painters use, cell for cell. */
export const ASCII: Readonly<Record<string, string>> = {
  '●': '*',
  '◐': '+',
  '◑': '-',
  '⟳': '~',
  '▲': '!',
  '✖': 'X',
  '○': '.',
  '✓': 'v',
  '·': '.',
  '…': '~',
  '›': '>',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '├': '|',
  '└': '`',
  '┊': ':',
  '█': '#',
  '▌': '=',
  '▒': '+',
  '░': '.',
  '─': '-',
  '▾': 'v',
};

// Of the 16 colours only these five stay readable on dark and light screens alike.
const COLORS: Record<Tone, readonly number[]> = {
  plain: [],
  good: [32],
  busy: [36],
  leaving: [35],
  warn: [33],
  bad: [31],
  muted: [],
  strong: [],
};

function codesOf(tone: Tone, mood: Mood, color: boolean): number[] {
  if (mood === 'stale') return [2];
  const codes: number[] = [];
  if (mood === 'selected') codes.push(7);
  if (tone === 'bad' || tone === 'warn' || tone === 'strong') codes.push(1);
  if (tone === 'muted' && mood === 'normal') codes.push(2);
  if (color) codes.push(...COLORS[tone]);
  return codes;
}
