// What the commands of keys do to the state. Pure, like the reducer that calls it.
import type { ViewCommand } from '../keys.ts';
import { latestOperation } from '../paint/operation.ts';
import { openField } from './field.ts';
import { isLogsCommand, logsCommand, openedLogs, withKeep, withSearch } from './logs.ts';
import { goBack, goTo, move, movePage, selectedWorker, turnPane } from './navigate.ts';
import { selectedApp, shownApps, spotOf, targetsOf } from './select.ts';
import type { DashState, SortKey } from './state.ts';

const SORTS: readonly SortKey[] = ['id', 'name', 'state', 'cpu', 'memory', 'restarts', 'up'];

/** `key` is the key that was pressed, where one command has several. */
export function applyCommand(state: DashState, command: ViewCommand, key: string): DashState {
  const { view } = spotOf(state);
  if (view === 'logs' && isLogsCommand(command))
    return { ...state, logs: logsCommand(state.logs, command, key, state) };
  switch (command) {
    case 'next':
      return move(state, 1);
    case 'previous':
      return move(state, -1);
    case 'first':
      return move(state, -Infinity);
    case 'last':
      return move(state, Infinity);
    case 'page-down':
      return movePage(state, 1);
    case 'page-up':
      return movePage(state, -1);
    case 'next-pane':
      return turnPane(state, 1);
    case 'previous-pane':
      return turnPane(state, -1);
    case 'open':
      return view === 'overview' ? openApp(state) : openLogs(state);
    case 'back':
      return view === 'logs' ? leaveLogs(state) : goBack(state);
    case 'expand':
      return fold(state, true);
    case 'collapse':
      return fold(state, false);
    case 'mark':
      return mark(state);
    case 'mark-all':
      return {
        ...state,
        marked: state.marked.size > 0 ? new Set() : new Set(shownApps(state).map(({ name }) => name)),
      };
    case 'filter':
      return { ...state, field: openField('filter', state.filter) };
    case 'command':
      return { ...state, field: openField('command', '') };
    case 'search':
      return { ...state, field: openField('search', '') };
    case 'keep':
      return { ...state, field: openField('keep', state.logs.keep) };
    case 'sort':
      return { ...state, sort: SORTS[(SORTS.indexOf(state.sort) + 1) % SORTS.length] ?? 'id' };
    case 'reverse':
      return { ...state, reverse: !state.reverse };
    case 'logs':
      return openLogs(state);
    case 'rollout':
    case 'events':
    case 'describe':
    case 'help':
      return goTo(state, command);
    case 'freeze':
      return { ...state, frozen: state.frozen ? null : { apps: state.apps, history: state.history, now: state.now } };
    case 'follow':
    case 'next-match':
    case 'previous-match':
    case 'left':
    case 'right':
    case 'stream':
    case 'slot':
    case 'all-slots':
    case 'wrap':
    case 'time':
    case 'set-mark':
      // Of the logs screen alone.
      return state;
  }
}

/** The screen of the selected app, with the end of its output. */
function openApp(state: DashState): DashState {
  if (state.selected === null) return state;
  return goTo({ ...state, logs: openedLogs(state.logs, { apps: [state.selected] }) }, 'app');
}

/** Of the marked apps; below the overview of the selected app, of the worker under the cursor, of the new generation. */
function openLogs(state: DashState): DashState {
  const { view, pane } = spotOf(state);
  const apps = targetsOf(state);
  const app = selectedApp(state);
  const slot = view === 'app' && pane === 0 ? (selectedWorker(state)?.slot ?? null) : null;
  const generation = view === 'rollout' && app !== null ? (latestOperation(app)?.to ?? null) : null;
  return goTo({ ...state, logs: openedLogs(state.logs, { apps, slot, generation }) }, 'logs');
}

/** A search and a filter are taken back first. */
function leaveLogs(state: DashState): DashState {
  const { search, keep } = state.logs;
  if (search !== '') return { ...state, logs: withSearch(state.logs, '', state) };
  return keep === '' ? goBack(state) : { ...state, logs: withKeep(state.logs, '') };
}

function fold(state: DashState, open: boolean): DashState {
  if (state.selected === null) return state;
  return { ...state, folds: new Map([...state.folds, [state.selected, open]]) };
}

/** And on to the next row, so that several are marked by one key. */
function mark(state: DashState): DashState {
  if (state.selected === null) return state;
  const marked = new Set(state.marked);
  if (!marked.delete(state.selected)) marked.add(state.selected);
  return move({ ...state, marked }, 1);
}
