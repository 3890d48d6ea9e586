// What the view commands do: cursor, views, sorting. Pure, like the reducer that calls it.
import type { ViewCommand } from '../keys.ts';
import { clampedWorker, selectedApp, sortedApps } from './select.ts';
import type { DashState, SortKey } from './state.ts';

const SORTS: readonly SortKey[] = ['id', 'name', 'cpu', 'memory', 'restarts'];

export function navigate(state: DashState, command: ViewCommand): DashState {
  switch (command) {
    case 'next':
      return step(state, 1);
    case 'previous':
      return step(state, -1);
    case 'first':
      return step(state, -Infinity);
    case 'last':
      return step(state, Infinity);
    case 'open':
      return state.selected === null ? state : { ...state, view: 'app', worker: 0 };
    case 'back':
      return state.help ? { ...state, help: false } : { ...state, view: 'overview' };
    case 'expand':
      return fold(state, false);
    case 'collapse':
      return fold(state, true);
    case 'sort':
      return { ...state, sort: SORTS[(SORTS.indexOf(state.sort) + 1) % SORTS.length] ?? 'id' };
    case 'help':
      return { ...state, help: true };
  }
}

function step(state: DashState, by: number): DashState {
  if (state.view === 'app') {
    const last = (selectedApp(state)?.workers.length ?? 0) - 1;
    return { ...state, worker: clamp(clampedWorker(state) + by, last) };
  }
  const order = sortedApps(state);
  const place = order.findIndex((app) => app.name === state.selected);
  return { ...state, selected: order[clamp(place + by, order.length - 1)]?.name ?? null };
}

function fold(state: DashState, hide: boolean): DashState {
  if (state.selected === null || state.collapsed.has(state.selected) === hide) return state;
  const collapsed = new Set(state.collapsed);
  if (hide) collapsed.add(state.selected);
  else collapsed.delete(state.selected);
  return { ...state, collapsed };
}

function clamp(value: number, last: number): number {
  return Math.max(0, Math.min(value, last));
}
