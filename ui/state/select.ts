// What is derived from the state for showing: order, rows, sums, whose screen it is.
import type { AppStatus, WorkerStatus } from '../../daemon/protocol/model.ts';
import { appLabel } from '../paint/label.ts';
import { problemOf } from '../paint/problem.ts';
import { ORDERS } from '../paint/order.ts';
import type { View } from '../keys.ts';
import type { DashState, Spot } from './state.ts';

/** One line of the overview's table. */
export type Row =
  | { readonly kind: 'app'; readonly app: AppStatus }
  | { readonly kind: 'worker'; readonly app: AppStatus; readonly worker: WorkerStatus; readonly last: boolean };

/** Rows of the overview that are not of the table: header, problem, titles, foot. */
const OVERVIEW_FRAME = 6;

export function spotOf({ trail }: Pick<DashState, 'trail'>): Spot {
  return trail.at(-1)!;
}

export function viewOf(state: Pick<DashState, 'trail'>): View {
  return spotOf(state).view;
}

/** In the order of the table: the biggest first for figures, ties by id; without those that the filter leaves out. */
export function shownApps(state: Pick<DashState, 'apps' | 'sort' | 'reverse' | 'filter'>): readonly AppStatus[] {
  const compare = ORDERS[state.sort];
  const sorted = state.apps.toSorted((a, b) => (compare(a, b) || a.id - b.id) * (state.reverse ? -1 : 1));
  const wanted = state.filter.toLowerCase();
  return sorted.filter((app) => `${app.name} ${appLabel(app).text}`.toLowerCase().includes(wanted));
}

export function rowsOf(state: DashState): readonly Row[] {
  const roomy = roomForWorkers(state);
  return shownApps(state).flatMap((app): Row[] => {
    if (!(state.folds.get(app.name) ?? roomy)) return [{ kind: 'app', app }];
    const workers = sortedWorkers(app);
    const rows = workers.map((worker, at): Row => ({ kind: 'worker', app, worker, last: at === workers.length - 1 }));
    return [{ kind: 'app', app }, ...rows];
  });
}

/** Workers are shown by themselves when all of them fit, with one more per app: a reload must not change the picture. */
function roomForWorkers({ apps, rows }: Pick<DashState, 'apps' | 'rows'>): boolean {
  return apps.reduce((total, { wanted }) => total + wanted + 2, 0) <= rows - OVERVIEW_FRAME;
}

/** By slot; in a slot the newest last, so that a replacement stands below what it replaces. */
export function sortedWorkers(app: AppStatus): readonly WorkerStatus[] {
  return app.workers.toSorted((a, b) => a.slot - b.slot || a.id - b.id);
}

export function selectedApp(state: Pick<DashState, 'apps' | 'selected'>): AppStatus | null {
  return state.apps.find((app) => app.name === state.selected) ?? null;
}

/** What a change is about: the marked apps, else the one under the cursor. Names. */
export function targetsOf(state: DashState): readonly string[] {
  const marked = state.apps.filter(({ name }) => state.marked.has(name)).map(({ name }) => name);
  if (viewOf(state) === 'overview' && marked.length > 0) return marked;
  return state.selected === null ? [] : [state.selected];
}

/** The state as it is to be painted: figures stand still while the screen is frozen. */
export function shownState(state: DashState): DashState {
  return state.frozen === null ? state : { ...state, ...state.frozen };
}

/** Apps that need a person, in the order of the table. */
export function problemsOf(state: DashState): readonly AppStatus[] {
  return shownApps({ ...state, filter: '' }).filter((app) => problemOf(app, state.now) !== null);
}
