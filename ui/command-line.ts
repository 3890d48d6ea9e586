// The `:` line: the grammar of the commands, for what can be done or shown here. Pure.
import type { ScaleBy } from '../daemon/protocol/contract.ts';
import type { Change, View } from './keys.ts';
import type { Wish } from './state/state.ts';

/** What a line means; `problem` is a sentence with the next step. */
export type Meaning =
  | { readonly type: 'change'; readonly wish: Wish }
  | { readonly type: 'show'; readonly view: View; readonly app: string | null }
  | { readonly type: 'quit' }
  | { readonly type: 'nothing' }
  | { readonly type: 'problem'; readonly text: string };

interface Known {
  readonly name: string;
}

const CHANGES: Readonly<Record<string, Change>> = {
  reload: 'reload',
  rollback: 'rollback',
  restart: 'restart',
  stop: 'stop',
  start: 'start',
  delete: 'delete',
  del: 'delete',
  rm: 'delete',
  scale: 'scale',
  abort: 'abort',
  pause: 'pause',
  resume: 'resume',
  finish: 'finish',
};

const VIEWS: Readonly<Record<string, View>> = {
  list: 'overview',
  ls: 'overview',
  ps: 'overview',
  dash: 'app',
  logs: 'logs',
  log: 'logs',
  describe: 'describe',
  show: 'describe',
  info: 'describe',
  events: 'events',
  rollout: 'rollout',
  help: 'help',
};

const DRY_RUN = '--dry-run';
const QUIT: readonly string[] = ['q', 'quit', 'exit'];

/** Every word that a line can begin with. */
const VERBS: readonly string[] = [...Object.keys(CHANGES), ...Object.keys(VIEWS), 'quit'].toSorted();

/** What was typed behind the colon; a leading `zdm` does no harm. */
export function parseCommandLine(line: string, apps: readonly Known[]): Meaning {
  const [verb, ...args] = line
    .trim()
    .replace(/^zdm\s+/, '')
    .split(/\s+/);
  if (verb === undefined || verb === '') return { type: 'nothing' };
  if (QUIT.includes(verb)) return { type: 'quit' };
  // The one option that says what is done, not how it is told.
  const rehearses = verb === 'reload' && args.includes(DRY_RUN);
  const words = args.filter((arg) => !rehearses || arg !== DRY_RUN);
  const flag = words.find((arg) => /^-[^\d]/.test(arg));
  if (flag !== undefined) return problem(`Options are for the shell: ${flag} is not understood here.`);
  const change = Object.hasOwn(CHANGES, verb) ? CHANGES[verb] : undefined;
  if (change !== undefined) return changeOf(rehearses ? 'rehearse' : change, words, apps);
  const view = Object.hasOwn(VIEWS, verb) ? VIEWS[verb] : undefined;
  if (view === undefined) return problem(`"${verb}" is not a command here. Some are: reload, logs, scale, stop.`);
  return showing(view, args, apps);
}

/** The field's text with what Tab adds to it: as much as all possible words have in common. */
export function completed(text: string, apps: readonly Known[]): string {
  const words = text.split(' ');
  const typed = words.at(-1) ?? '';
  const choices = words.length === 1 ? VERBS : [...apps.map(({ name }) => name), 'all'];
  const fitting = choices.filter((choice) => choice.startsWith(typed));
  if (fitting.length === 0) return text;
  const common = fitting.reduce(commonStart);
  return `${text}${common.slice(typed.length)}${fitting.length === 1 ? ' ' : ''}`;
}

function changeOf(change: Change, args: readonly string[], apps: readonly Known[]): Meaning {
  const count = change === 'scale' ? scaleOf(args.at(-1) ?? '') : null;
  if (change === 'scale' && count === null) return problem('How many? For example: scale api 4, scale api +1');
  const names = change === 'scale' ? args.slice(0, -1) : args;
  if (names.length === 0) return problem(`Which app? For example: ${exampleOf(change, apps[0]?.name ?? 'api')}`);
  const targets = names.includes('all') ? apps.map(({ name }) => name) : names.map((name) => named(name, apps));
  const unknown = targets.findIndex((name) => name === null);
  if (unknown >= 0) return problem(`There is no app "${names[unknown]}".`);
  return { type: 'change', wish: { change, targets: targets.filter((name) => name !== null), scale: count } };
}

function exampleOf(change: Change, app: string): string {
  return change === 'rehearse' ? `reload ${app} ${DRY_RUN}` : `${change} ${app}`;
}

function showing(view: View, args: readonly string[], apps: readonly Known[]): Meaning {
  const [name] = args;
  if (name === undefined) return { type: 'show', view: view === 'app' ? 'overview' : view, app: null };
  const app = named(name, apps);
  return app === null ? problem(`There is no app "${name}".`) : { type: 'show', view, app };
}

/** By name, else by id, as everywhere. */
function named(word: string, apps: readonly (Known & { readonly id?: number })[]): string | null {
  const app = apps.find(({ name }) => name === word) ?? apps.find(({ id }) => String(id) === word);
  return app?.name ?? null;
}

function scaleOf(text: string): ScaleBy | null {
  if (!/^[+-]?\d{1,4}$/.test(text) || Number(text) === 0) return null;
  return { mode: /^[+-]/.test(text) ? 'add' : 'set', count: Number(text) };
}

function commonStart(one: string, other: string): string {
  let end = 0;
  while (end < one.length && one[end] === other[end]) end += 1;
  return one.slice(0, end);
}

function problem(text: string): Meaning {
  return { type: 'problem', text };
}
