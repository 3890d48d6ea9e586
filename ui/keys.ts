// The one key table. It drives what a key does, the key bar, the help screen and the docs.
// Small letters look, capital letters change; `r` is the exception.

/** A screen. All but the overview and the help are about the selected app. */
export type View = 'overview' | 'app' | 'rollout' | 'logs' | 'events' | 'describe' | 'help';

/** What a key or a command line can do to apps. */
export type Change =
  | 'reload'
  | 'rehearse'
  | 'rollback'
  | 'restart'
  | 'replace'
  | 'stop'
  | 'start'
  | 'delete'
  | 'scale'
  | 'abort'
  | 'pause'
  | 'resume'
  | 'finish';

/** What changes only what is shown; the reducer does it. */
export type ViewCommand =
  | 'next'
  | 'previous'
  | 'first'
  | 'last'
  | 'page-down'
  | 'page-up'
  | 'next-pane'
  | 'previous-pane'
  | 'open'
  | 'back'
  | 'expand'
  | 'collapse'
  | 'mark'
  | 'mark-all'
  | 'filter'
  | 'command'
  | 'sort'
  | 'reverse'
  | 'rollout'
  | 'logs'
  | 'events'
  | 'describe'
  | 'help'
  | 'freeze'
  | LogsCommand;

/** What the keys of the logs screen do beside moving. */
export type LogsCommand =
  | 'follow'
  | 'search'
  | 'keep'
  | 'next-match'
  | 'previous-match'
  | 'left'
  | 'right'
  | 'stream'
  | 'slot'
  | 'all-slots'
  | 'wrap'
  | 'time'
  | 'set-mark';

const OUTER = ['quit', 'redraw', 'suspend', 'interval', 'copy', 'copy-more', 'pager'] as const;
const CHANGES = [
  'reload',
  'rollback',
  'restart',
  'toggle',
  'delete',
  'more',
  'less',
  'pause',
  'abort',
  'finish',
] as const;

/** What reaches outside: the terminal, the clipboard, another program. */
export type OuterCommand = (typeof OUTER)[number];

/** Changes as keys ask for them: `toggle` stops what runs and starts what does not, `more` and `less` scale by one. */
export type ChangeCommand = (typeof CHANGES)[number];

export type Command = ViewCommand | OuterCommand | ChangeCommand;

export type Group = 'MOVE' | 'LOOK' | 'FIND' | 'LOGS' | 'CHANGE' | 'OTHER';

export interface KeyBinding {
  /** Names as `keyNames` gives them. */
  readonly keys: readonly string[];
  readonly views: readonly View[];
  readonly command: Command;
  /** How the keys are written in the help. */
  readonly label: string;
  readonly help: string;
  readonly group: Group;
  /** Text in the key bar and its rank: on a narrow screen the highest rank goes first. Null: not in the bar. */
  readonly bar: { readonly label: string; readonly text: string; readonly rank: number } | null;
}

const ALL: readonly View[] = ['overview', 'app', 'rollout', 'logs', 'events', 'describe', 'help'];
const BELOW: readonly View[] = ['app', 'rollout', 'logs', 'events', 'describe', 'help'];
const PANED: readonly View[] = ['app', 'rollout'];
const ON_APP: readonly View[] = ['overview', 'app', 'rollout', 'logs', 'events', 'describe'];
const APPS: readonly View[] = ['overview', 'app'];
const CODE: readonly View[] = ['overview', 'app', 'rollout'];
const LOGS: readonly View[] = ['logs'];
const ROLLOUT: readonly View[] = ['rollout'];
const OVERVIEW: readonly View[] = ['overview'];

export const KEYS: readonly KeyBinding[] = [
  bind(['j', 'down'], ALL, 'next', 'j ↓', 'MOVE', 'one row down; in the logs this pauses'),
  bind(['k', 'up'], ALL, 'previous', 'k ↑', 'MOVE', 'one row up; in the logs this pauses'),
  bind(['g', 'home'], ALL, 'first', 'g home', 'MOVE', 'first row, oldest line'),
  bind(['G', 'end'], ALL, 'last', 'G end', 'MOVE', 'last row, newest line'),
  bind(['pagedown', 'ctrl-d', 'ctrl-f'], ALL, 'page-down', '^d pgdn', 'MOVE', 'a page down'),
  bind(['pageup', 'ctrl-u', 'ctrl-b'], ALL, 'page-up', '^u pgup', 'MOVE', 'a page up'),
  bind(['tab'], PANED, 'next-pane', 'tab', 'MOVE', 'next part of the screen', ['tab', 'pane', 8]),
  bind(['shift-tab'], PANED, 'previous-pane', 'shift-tab', 'MOVE', 'previous part of the screen'),
  bind(['enter'], OVERVIEW, 'open', 'enter', 'LOOK', 'open the app', ['enter', 'open', 2]),
  bind(['enter'], PANED, 'open', 'enter', 'LOOK', 'logs of the worker'),
  bind(['escape', 'backspace', 'q'], BELOW, 'back', 'esc q', 'LOOK', 'back', ['esc', 'back', 0]),
  bind(['escape', 'backspace'], OVERVIEW, 'back', 'esc', 'LOOK', 'take back the filter, then the marks'),
  bind(['right'], OVERVIEW, 'expand', '→', 'LOOK', 'show the workers of the app', ['← →', 'workers', 6]),
  bind(['left'], OVERVIEW, 'collapse', '←', 'LOOK', 'hide the workers of the app'),
  bind(['l'], ['overview', 'app', 'rollout', 'events', 'describe'], 'logs', 'l', 'LOOK', 'logs', ['l', 'logs', 4]),
  bind(['v'], ['overview', 'app', 'logs', 'events', 'describe'], 'rollout', 'v', 'LOOK', 'last rollout', [
    'v',
    'rollout',
    7,
  ]),
  bind(['e'], ['overview', 'app', 'rollout', 'logs', 'describe'], 'events', 'e', 'LOOK', 'crashes and rollouts', [
    'e',
    'events',
    12,
  ]),
  bind(['d'], ['overview', 'app', 'rollout', 'logs', 'events'], 'describe', 'd', 'LOOK', 'settings', [
    'd',
    'describe',
    13,
  ]),
  bind(['p'], APPS, 'freeze', 'p', 'LOOK', 'let the figures stand still'),
  bind(['/'], OVERVIEW, 'filter', '/', 'FIND', 'only apps with this in name or state', ['/', 'filter', 9]),
  bind(['/'], LOGS, 'search', '/', 'FIND', 'search', ['/', 'search', 2]),
  bind(['n'], LOGS, 'next-match', 'n', 'FIND', 'next match'),
  bind(['N'], LOGS, 'previous-match', 'N', 'FIND', 'previous match'),
  bind(['&'], LOGS, 'keep', '&', 'FIND', 'only lines with this; !x without, /x/ a pattern', ['&', 'filter', 5]),
  bind(['o'], OVERVIEW, 'sort', 'o', 'FIND', 'sort by the next column', ['o', 'sort', 11]),
  bind(['O'], OVERVIEW, 'reverse', 'O', 'FIND', 'the other way round'),
  bind([' '], OVERVIEW, 'mark', 'space', 'FIND', 'mark for a change of several', ['space', 'mark', 10]),
  bind(['*'], OVERVIEW, 'mark-all', '*', 'FIND', 'mark all, none'),
  bind(['f'], LOGS, 'follow', 'f', 'LOGS', 'follow the end, or stay', ['f', 'follow', 1]),
  bind(['s'], LOGS, 'stream', 's', 'LOGS', 'stdout, stderr, both', ['s', 'stream', 6]),
  bind(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], LOGS, 'slot', '0-9', 'LOGS', 'only this slot', [
    '0-9',
    'slot',
    8,
  ]),
  bind(['a'], LOGS, 'all-slots', 'a', 'LOGS', 'all slots, and all generations'),
  bind(['w'], LOGS, 'wrap', 'w', 'LOGS', 'wrap long lines', ['w', 'wrap', 7]),
  bind(['t'], LOGS, 'time', 't', 'LOGS', 'time: clock, age, date, none', ['t', 'time', 9]),
  bind(['m'], LOGS, 'set-mark', 'm', 'LOGS', 'draw a line here'),
  bind(['right'], LOGS, 'right', '→', 'LOGS', 'to the right'),
  bind(['left'], LOGS, 'left', '←', 'LOGS', 'to the left'),
  bind(['E'], LOGS, 'pager', 'E', 'LOGS', 'open the file in $PAGER'),
  bind(['r'], APPS, 'reload', 'r', 'CHANGE', 'reload at once: no request is dropped', ['r', 'reload', 1]),
  bind(['R'], APPS, 'restart', 'R', 'CHANGE', 'restart: connections wait; on a worker, replace it', [
    'R',
    'restart',
    10,
  ]),
  bind(['S'], APPS, 'toggle', 'S', 'CHANGE', 'stop, or start', ['S', 'stop', 11]),
  bind(['D'], APPS, 'delete', 'D', 'CHANGE', 'stop and forget (type the name)'),
  bind(['+'], APPS, 'more', '+', 'CHANGE', 'one worker more', ['+ -', 'scale', 12]),
  bind(['-'], APPS, 'less', '-', 'CHANGE', 'one worker less'),
  bind(['B'], CODE, 'rollback', 'B', 'CHANGE', 'back to the release before', ['B', 'go back', 9]),
  bind(['P'], ROLLOUT, 'pause', 'P', 'CHANGE', 'pause or resume the rollout; go on with a canary', [
    'P',
    'pause, go on',
    2,
  ]),
  bind(['A'], ROLLOUT, 'abort', 'A', 'CHANGE', 'abort the rollout', ['A', 'abort', 1]),
  bind(['F'], ROLLOUT, 'finish', 'F', 'CHANGE', 'end the drain of old workers now', ['F', 'end drain', 4]),
  bind([':'], ON_APP, 'command', ':', 'OTHER', 'a command, as in the shell: reload api', [':', 'command', 5]),
  bind(['y'], ON_APP, 'copy', 'y', 'OTHER', 'copy the name, or the line'),
  bind(['Y'], ['app', 'logs'], 'copy-more', 'Y', 'OTHER', 'copy the pid, or the screen'),
  bind(['i'], APPS, 'interval', 'i', 'OTHER', 'new figures every 1s, 2s, 5s'),
  bind(['?'], ON_APP, 'help', '?', 'OTHER', 'this help', ['?', 'help', 3]),
  bind(['?'], ['help'], 'back', '?', 'OTHER', 'close the help'),
  bind(['ctrl-l'], ALL, 'redraw', '^l', 'OTHER', 'draw the screen again'),
  bind(['ctrl-z'], ALL, 'suspend', '^z', 'OTHER', 'to the shell; fg comes back'),
  bind(['q'], OVERVIEW, 'quit', 'q', 'OTHER', 'quit. Apps keep running', ['q', 'quit', 0]),
  bind(['ctrl-c'], ALL, 'quit', '^c', 'OTHER', 'quit from anywhere. Apps keep running'),
];

/** The keys of a screen; without those that change anything, where nothing may be changed. */
export function bindingsFor(view: View, readOnly: boolean): readonly KeyBinding[] {
  return KEYS.filter(({ views, group }) => views.includes(view) && !(readOnly && group === 'CHANGE'));
}

/** What this key does here; null when nothing. */
export function commandFor(view: View, key: string, readOnly: boolean): Command | null {
  return bindingsFor(view, readOnly).find(({ keys }) => keys.includes(key))?.command ?? null;
}

/**
 * The key bar of a screen: as many entries as `width` has room for, the important ones last to go. `idle`: what there is
 * nothing to do for at the moment.
 */
export function keyBar(view: View, width: number, readOnly: boolean, idle: readonly Command[] = []): string {
  const entries = bindingsFor(view, readOnly).flatMap(({ bar, command }) =>
    bar === null || idle.includes(command) ? [] : [bar],
  );
  const written = (): string => ` ${entries.map(({ label, text }) => `${label} ${text}`).join('  ')}`;
  while (entries.length > 0 && written().length > width) {
    const worst = entries.reduce((a, b) => (b.rank >= a.rank ? b : a));
    entries.splice(entries.indexOf(worst), 1);
  }
  return entries.length === 0 ? '' : written();
}

export function isOuter(command: Command): command is OuterCommand {
  return OUTER.some((own) => own === command);
}

export function isChange(command: Command): command is ChangeCommand {
  return CHANGES.some((own) => own === command);
}

function bind(
  keys: readonly string[],
  views: readonly View[],
  command: Command,
  label: string,
  group: Group,
  help: string,
  bar?: readonly [label: string, text: string, rank: number],
): KeyBinding {
  return { keys, views, command, label, help, group, bar: bar ? { label: bar[0], text: bar[1], rank: bar[2] } : null };
}
