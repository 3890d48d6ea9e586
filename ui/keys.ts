// The one key table. It drives what a key does, the key bar and the help screen.

/** Where the user is. The help screen lies over the other two. */
export type Place = 'overview' | 'app' | 'help';

/** What a key can ask for that changes only what is shown. */
export type ViewCommand =
  | 'next'
  | 'previous'
  | 'first'
  | 'last'
  | 'open'
  | 'back'
  | 'expand'
  | 'collapse'
  | 'sort'
  | 'help';

/** View commands go to the reducer; these four reach outside. */
export type Command = ViewCommand | 'reload' | 'redraw' | 'quit';

export interface KeyBinding {
  /** Names as `keyNames` gives them. */
  readonly keys: readonly string[];
  readonly places: readonly Place[];
  readonly command: Command;
  /** How the keys are written in the help. */
  readonly label: string;
  readonly help: string;
  readonly group: 'MOVE' | 'LOOK' | 'CHANGE' | 'OTHER';
  /** Text in the key bar and its rank: on a narrow screen the highest rank goes first. Null: not in the bar. */
  readonly bar: { readonly label: string; readonly text: string; readonly rank: number } | null;
}

const LISTS: readonly Place[] = ['overview', 'app'];
const EVERYWHERE: readonly Place[] = ['overview', 'app', 'help'];

export const KEYS: readonly KeyBinding[] = [
  bind(['j', 'down'], LISTS, 'next', 'j ↓', 'MOVE', 'next row'),
  bind(['k', 'up'], LISTS, 'previous', 'k ↑', 'MOVE', 'previous row'),
  bind(['g', 'home'], LISTS, 'first', 'g home', 'MOVE', 'first row'),
  bind(['G', 'end'], LISTS, 'last', 'G end', 'MOVE', 'last row'),
  bind(['enter'], ['overview'], 'open', 'enter', 'LOOK', 'open the app', ['enter', 'open', 2]),
  bind(['escape', 'backspace', 'q'], ['app'], 'back', 'esc q', 'LOOK', 'back to all apps', ['esc', 'back', 0]),
  bind(['left'], ['overview'], 'collapse', '←', 'LOOK', 'hide the workers of the app', ['← →', 'workers', 4]),
  bind(['right'], ['overview'], 'expand', '→', 'LOOK', 'show the workers of the app'),
  bind(['o'], ['overview'], 'sort', 'o', 'LOOK', 'sort by the next column', ['o', 'sort', 5]),
  bind(['r'], LISTS, 'reload', 'r', 'CHANGE', 'reload the app at once: no request is dropped', ['r', 'reload', 1]),
  bind(['?'], LISTS, 'help', '?', 'OTHER', 'this help', ['?', 'help', 3]),
  bind(['ctrl-l'], EVERYWHERE, 'redraw', '^l', 'OTHER', 'draw the screen again'),
  bind(['q'], ['overview'], 'quit', 'q', 'OTHER', 'quit. Apps keep running', ['q', 'quit', 0]),
  bind(['q', 'escape', '?', 'enter', 'backspace'], ['help'], 'back', 'esc q', 'OTHER', 'close the help', [
    'esc',
    'close',
    1,
  ]),
  bind(['ctrl-c'], EVERYWHERE, 'quit', '^c', 'OTHER', 'quit from anywhere. Apps keep running'),
];

/** What this key does here; null when nothing. */
export function commandFor(place: Place, key: string): Command | null {
  return KEYS.find((binding) => binding.places.includes(place) && binding.keys.includes(key))?.command ?? null;
}

/** The key bar of a place: as many entries as `width` has room for, the important ones last to go. */
export function keyBar(place: Place, width: number): string {
  const entries = KEYS.flatMap(({ places, bar }) => (bar !== null && places.includes(place) ? [bar] : []));
  const written = (): string => ` ${entries.map(({ label, text }) => `${label} ${text}`).join('  ')}`;
  while (entries.length > 0 && written().length > width) {
    const worst = entries.reduce((a, b) => (b.rank >= a.rank ? b : a));
    entries.splice(entries.indexOf(worst), 1);
  }
  return entries.length === 0 ? '' : written();
}

function bind(
  keys: readonly string[],
  places: readonly Place[],
  command: Command,
  label: string,
  group: KeyBinding['group'],
  help: string,
  bar?: readonly [label: string, text: string, rank: number],
): KeyBinding {
  return { keys, places, command, label, help, group, bar: bar ? { label: bar[0], text: bar[1], rank: bar[2] } : null };
}
