// From the keys of one read to what they do. A question and a text field get them first, then the screen.
import type { Client } from '../daemon/client/types.ts';
import { carryOut, changeWord, rolls } from './changes.ts';
import { completed, type Meaning, parseCommandLine } from './command-line.ts';
import { type ChangeCommand, commandFor, isChange, isOuter, type OuterCommand } from './keys.ts';
import { edit, openField, recalled } from './state/field.ts';
import { viewOf } from './state/select.ts';
import { questionOf } from './state/question.ts';
import { hindrance, needsAnswer, wishOf } from './state/sheet.ts';
import type { Field, Sheet, Wish } from './state/state.ts';
import type { Store } from './state/store.ts';

/** More keys than this in one read were pasted, not typed: outside a text field they must not run commands. */
const PASTE = 8;

export interface Surroundings {
  readonly store: Store;
  /** The living connection; null while the daemon is away. */
  readonly client: () => Client | null;
  /** Who asks, for the record. */
  readonly by: string;
  /** What reaches outside the state. */
  readonly outer: (command: OuterCommand) => void;
}

/** Takes the keys of one read, in order: fast repeat over a slow line arrives as one `jjj`. */
export function createOnKeys(around: Surroundings): (keys: readonly string[]) => void {
  return (keys) => {
    const pasted = keys.length > PASTE;
    for (const key of keys) {
      const { sheet, field } = around.store.getState();
      if (key === 'ctrl-c') around.outer('quit');
      // A line end in a paste is no Enter.
      else if (field) typeKey(around, field, sheet, pasted && key === 'enter' ? ' ' : key);
      else if (pasted) continue;
      else if (sheet) answerKey(around, sheet, key);
      else screenKey(around, key);
    }
  };
}

function screenKey(around: Surroundings, key: string): void {
  const state = around.store.getState();
  const command = commandFor(viewOf(state), key, state.readOnly);
  if (command === null) return;
  if (isOuter(command)) around.outer(command);
  else if (isChange(command)) want(around, command);
  else around.store.dispatch({ type: 'command', command, key });
}

function want(around: Surroundings, command: ChangeCommand): void {
  const state = around.store.getState();
  const wish = wishOf(state, command);
  if (wish !== null) return ask(around, wish);
  const hidden = state.filter === '' ? 'There is no app here. Start one: zdm start app.js' : 'The filter shows no app.';
  say(around, hidden, 'plain');
}

/** At once, or after a question. */
function ask(around: Surroundings, wish: Wish): void {
  const state = around.store.getState();
  const why = hindrance(state, wish);
  if (why !== null) return say(around, why, 'bad');
  if (around.client() === null) return say(around, `No ${changeWord(wish.change)}: the daemon does not answer.`, 'bad');
  if (!needsAnswer(state, wish)) return change(around, wish);
  around.store.dispatch({ type: 'sheet', sheet: { ...wish, openedAt: Date.now() } });
  if (questionOf(state, wish).word !== null) setField(around, openField('name', ''));
}

/** Enter and the space bar answer nothing: they are pressed by habit. */
function answerKey(around: Surroundings, sheet: Sheet, key: string): void {
  if (key !== 'y' && key !== 'n' && key !== 'q' && key !== 'escape') return;
  around.store.dispatch({ type: 'sheet', sheet: null });
  if (key === 'y') change(around, sheet);
}

function typeKey(around: Surroundings, field: Field, sheet: Sheet | null, key: string): void {
  const { store } = around;
  if (key === 'escape') return leaveField(around, field);
  if (key === 'enter') return sheet ? answerWord(around, sheet, field) : enterField(around, field);
  if (field.purpose === 'command') {
    if (key === 'tab') return setField(around, openField('command', completed(field.text, store.getState().apps)));
    if (key === 'up' || key === 'down')
      return setField(around, recalled(store.getState(), field, key === 'up' ? -1 : 1));
  }
  // Taking back more than there is closes it, as in less and vi.
  if (key === 'backspace' && field.text === '' && !sheet) return leaveField(around, field);
  setField(around, edit(field, key));
}

/** What was filtered or looked for by then is taken back with the field. */
function leaveField(around: Surroundings, field: Field): void {
  const { sheet } = around.store.getState();
  if (sheet) return around.store.dispatch({ type: 'sheet', sheet: null });
  if (field.purpose !== 'command') setField(around, openField(field.purpose, ''));
  setField(around, null);
}

function enterField(around: Surroundings, field: Field): void {
  setField(around, null);
  if (field.purpose !== 'command' || field.text.trim() === '') return;
  around.store.dispatch({ type: 'commanded', line: field.text.trim() });
  obey(around, parseCommandLine(field.text, around.store.getState().apps));
}

function answerWord(around: Surroundings, sheet: Sheet, field: Field): void {
  if (field.text !== questionOf(around.store.getState(), sheet).word) return;
  around.store.dispatch({ type: 'sheet', sheet: null });
  change(around, sheet);
}

function obey(around: Surroundings, meaning: Meaning): void {
  const { store, outer } = around;
  const state = store.getState();
  switch (meaning.type) {
    case 'change':
      if (state.readOnly) return say(around, 'Nothing can be changed here: this dashboard is read-only.', 'bad');
      return ask(around, meaning.wish);
    case 'show': {
      const app = meaning.app ?? state.selected;
      if (app !== null || meaning.view === 'overview')
        store.dispatch({ type: 'go', view: meaning.view, app: app ?? '' });
      return;
    }
    case 'quit':
      return outer('quit');
    case 'nothing':
      return;
    case 'problem':
      return say(around, meaning.text, 'bad');
  }
}

/** A rollout of one app is shown from its beginning. */
function change(around: Surroundings, wish: Wish): void {
  const { store, client, by } = around;
  const [app = ''] = wish.targets;
  if (rolls(wish) && client() !== null) store.dispatch({ type: 'go', view: 'rollout', app });
  const told = (text: string, tone: 'plain' | 'bad', op?: string | null): void => say(around, text, tone, op);
  void carryOut({ state: store.getState, client, by, say: told, abort: 'A aborts it.' }, wish);
}

function setField({ store }: Surroundings, field: Field | null): void {
  store.dispatch({ type: 'field', field });
}

function say({ store }: Surroundings, text: string, tone: 'plain' | 'bad', op: string | null = null): void {
  store.dispatch({ type: 'notice', notice: { text, tone, at: Date.now(), op } });
}
