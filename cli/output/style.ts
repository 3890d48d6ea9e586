/** What a text means. Colour only repeats what the word or glyph beside it says. */
export type Meaning = 'good' | 'busy' | 'leaving' | 'warning' | 'bad' | 'quiet' | 'strong';

/** One cell each. */
export interface Glyphs {
  readonly online: string;
  readonly starting: string;
  readonly draining: string;
  readonly reload: string;
  readonly backoff: string;
  readonly errored: string;
  readonly stopped: string;
  readonly unknown: string;
  readonly cut: string;
}

/** Colours and glyphs of one output. The only place that knows escape codes. */
export interface Style {
  readonly glyphs: Glyphs;
  paint(meaning: Meaning, text: string): string;
}

/** What the look of an output depends on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  readonly platform: NodeJS.Platform;
}

const CODES: Readonly<Record<Meaning, string>> = {
  good: '32',
  busy: '36;1',
  leaving: '35',
  warning: '33',
  bad: '31;1',
  quiet: '2',
  strong: '1',
};

const UNICODE: Glyphs = {
  online: '●',
  starting: '◐',
  draining: '◑',
  reload: '⟳',
  backoff: '▲',
  errored: '✖',
  stopped: '○',
  unknown: '?',
  cut: '…',
};

const ASCII: Glyphs = {
  online: '*',
  starting: '+',
  draining: '-',
  reload: '~',
  backoff: '!',
  errored: 'X',
  stopped: '.',
  unknown: '?',
  cut: '~',
};

/** A style with or without colour, with Unicode or ASCII glyphs. */
export function createStyle(options: { readonly color: boolean; readonly unicode: boolean }): Style {
  return {
    glyphs: options.unicode ? UNICODE : ASCII,
    paint: (meaning, text) => (options.color && text !== '' ? `\u001b[${CODES[meaning]}m${text}\u001b[0m` : text),
  };
}

/** The style for a stream, by what the user and the terminal say. */
export function styleFor(surroundings: Surroundings): Style {
  return createStyle({ color: wantsColor(surroundings), unicode: showsUnicode(surroundings) });
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
