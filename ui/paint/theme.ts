// Colours by meaning. Nothing else emits colour, in the commands and the dashboard, so NO_COLOR and ASCII are decided here once.
import { toAscii } from './text.ts';
import { clockTime } from './time.ts';

/** What a piece of text means. Meaning is always in the words too; a tone only repeats it. `hit`: what a search found. */
export type Tone =
  | 'plain'
  | 'good'
  | 'busy'
  | 'leaving'
  | 'warn'
  | 'bad'
  | 'muted'
  | 'strong'
  | 'hit'
  | 'graph'
  | 'shade';

/** How a whole line stands: the selected one, or one whose figures are old. */
export type Mood = 'normal' | 'selected' | 'stale';

export interface Theme {
  /** Text as it goes to the terminal. The width in cells does not change. */
  paint(text: string, tone: Tone, mood?: Mood): string;
  /** Time of day of an event. */
  clock(at: number): string;
}

export interface ThemeOptions {
  readonly color: boolean;
  /** Bold, dim and inverse; off only on terminals that know no escape sequences. */
  readonly styles: boolean;
  readonly unicode: boolean;
  /** Without `unicode` only our own glyphs are replaced, and what the user wrote stays: a name in a pipe is still the name. */
  readonly foreign?: boolean;
  readonly clock: (at: number) => string;
}

/** What the look of an output depends on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  readonly platform: NodeJS.Platform;
}

export function createTheme(options: ThemeOptions): Theme {
  return {
    paint(text, tone, mood = 'normal') {
      const shown = options.unicode ? text : toAscii(text, ASCII, options.foreign);
      const codes = options.styles && shown !== '' ? codesOf(tone, mood, options.color) : [];
      return codes.length === 0 ? shown : `\u001B[${codes.join(';')}m${shown}\u001B[0m`;
    },
    clock: options.clock,
  };
}

/** What the environment asks of the dashboard: NO_COLOR, FORCE_COLOR, TERM and the locale. */
export function themeOptions(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): ThemeOptions {
  return {
    color: wantsColor({ env, isTerminal: true, platform }),
    styles: env['TERM'] !== 'dumb',
    unicode: showsUnicode({ env, isTerminal: true, platform }),
    clock: clockTime,
  };
}

/** The look of a command's output: whole with colour, or plain text without a single escape sequence. */
export function commandTheme(surroundings: Surroundings): Theme {
  const color = wantsColor(surroundings);
  const unicode = showsUnicode(surroundings);
  return createTheme({ color, styles: color, unicode, foreign: true, clock: clockTime });
}

function wantsColor({ env, isTerminal }: Surroundings): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  const isRefused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isTerminal && !isRefused;
}

function showsUnicode({ env, platform }: Surroundings): boolean {
  if (env['TERM'] === 'linux' || env['TERM'] === 'dumb') return false;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  if (locale !== '') return /utf-?8/i.test(locale);
  // Nobody sets a locale on Windows, and macOS is UTF-8 without one.
  return platform === 'darwin' || platform === 'win32';
}

/** The ASCII stand-in of every glyph that the painters use, cell for cell. */
export const ASCII: Readonly<Record<string, string>> = {
  '●': '*',
  '◐': '+',
  '◑': '-',
  '◌': 'o',
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
  '┊': '|',
  '▁': ' ',
  '▂': '.',
  '▃': ':',
  '▄': '-',
  '▅': '=',
  '▆': '+',
  '▇': '*',
  '█': '#',
  '▌': '=',
  '▒': '+',
  '░': '.',
  '─': '-',
  '═': '=',
  '▾': 'v',
  '▴': '^',
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
  hit: [],
  graph: [36],
  shade: [],
};

function codesOf(tone: Tone, mood: Mood, color: boolean): number[] {
  if (mood === 'stale') return [2];
  // Blocks would be holes in an inverse line.
  if (tone === 'shade') return [2];
  if (tone === 'graph') return color ? COLORS.graph.slice() : [];
  const codes: number[] = [];
  if (mood === 'selected' || tone === 'hit') codes.push(7);
  const loud = tone === 'bad' || tone === 'warn';
  if (loud || tone === 'strong') codes.push(1);
  if (tone === 'muted' && mood === 'normal') codes.push(2);
  // A selected line is one band: of the colours only those that call for a person stand out of it.
  if (color && (loud || mood === 'normal')) codes.push(...COLORS[tone]);
  return codes;
}
