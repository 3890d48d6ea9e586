// Where the user is and where the cursor stands. Pure, like the reducer that calls it.
import { sortedWorkers, selectedApp, shownApps, spotOf, viewOf } from './select.ts';
import type { View } from '../keys.ts';
import { latestOperation } from '../paint/operation.ts';
import { type DashState, HOME, type Spot } from './state.ts';

/** Past the end of everything. */
const END = 100_000;
/** A page is a screen without its frame. */
const PAGE_FRAME = 8;

/** Panes of each screen: of `app` workers, events, logs; of `rollout` slots, steps. */
const PANES: Readonly<Record<View, number>> = {
  overview: 1,
  app: 3,
  rollout: 2,
  logs: 1,
  events: 1,
  describe: 1,
  help: 1,
};

/** Opens a screen over the present one. A screen that is open already is gone back to: Esc never walks in circles. */
export function goTo(state: DashState, view: View): DashState {
  if (view !== 'overview' && view !== 'help' && selectedApp(state) === null) return state;
  const open = state.trail.findIndex((spot) => spot.view === view);
  const trail = open < 0 ? [...state.trail, { view, row: 0, pane: 0 }] : state.trail.slice(0, open + 1);
  // Figures stand still where that was asked for; a rollout and a log go on.
  const frozen = view === 'overview' || view === 'app' ? state.frozen : null;
  return { ...state, trail, frozen, notice: null };
}

/** Back to where the user came from. In the overview it takes back the filter, then the marks. */
export function goBack(state: DashState): DashState {
  // What a key did there is no news here.
  if (state.trail.length > 1) return { ...state, trail: state.trail.slice(0, -1), notice: null };
  if (state.filter !== '') return { ...state, filter: '' };
  return state.marked.size > 0 ? { ...state, marked: new Set() } : state;
}

/** Back to the overview: what the other screens were about is gone. */
export function goHome(state: DashState): DashState {
  const [first = HOME] = state.trail;
  return { ...state, trail: [first] };
}

/** Moves the cursor by rows; ±Infinity to the ends. */
export function move(state: DashState, by: number): DashState {
  if (viewOf(state) === 'overview') return moveApp(state, by);
  const spot = spotOf(state);
  const last = lastRow(state);
  const row = clamp(Math.min(spot.row, last) + by, last);
  return at(state, { row: row === last && growsAtEnd(spot) ? END : row });
}

/** Moves the cursor by pages. */
export function movePage(state: DashState, by: number): DashState {
  return move(state, by * Math.max(1, state.rows - PAGE_FRAME));
}

/** The next part of the screen. */
export function turnPane(state: DashState, by: number): DashState {
  const { view, pane } = spotOf(state);
  const count = PANES[view];
  const next = (pane + by + count) % count;
  return at(state, { pane: next, row: growsAtEnd({ view, pane: next }) ? END : 0 });
}

/** The worker under the cursor of the app screen. */
export function selectedWorker(state: DashState): ReturnType<typeof sortedWorkers>[number] | null {
  const app = selectedApp(state);
  if (app === null || spotOf(state).pane !== 0) return null;
  const workers = sortedWorkers(app);
  return workers[clamp(spotOf(state).row, workers.length - 1)] ?? null;
}

/** The newest line of these is the last one; a cursor that stands there stays with the newest. */
function growsAtEnd({ view, pane }: Pick<Spot, 'view' | 'pane'>): boolean {
  return (view === 'app' && pane === 2) || (view === 'rollout' && pane === 1);
}

/** Of texts only the painter knows how long they are: it stops at the last page. */
function lastRow(state: DashState): number {
  const { view, pane } = spotOf(state);
  const app = selectedApp(state);
  if (app === null || (view !== 'app' && view !== 'rollout')) return END;
  if (view === 'app') return [app.workers.length, app.events.length, state.logs.lines.length][pane]! - 1;
  const operation = latestOperation(app);
  if (pane === 0) return (operation?.slots.length || app.workers.length) - 1;
  // The beginning is told as a step, too.
  return operation?.steps.length ?? 0;
}

function moveApp(state: DashState, by: number): DashState {
  const order = shownApps(state);
  const place = order.findIndex((app) => app.name === state.selected);
  return { ...state, selected: order[clamp(place + by, order.length - 1)]?.name ?? state.selected };
}

function at(state: DashState, change: Partial<Spot>): DashState {
  return { ...state, trail: [...state.trail.slice(0, -1), { ...spotOf(state), ...change }] };
}

function clamp(value: number, last: number): number {
  return Math.max(0, Math.min(value, last));
}
