// Pure: the next state from this one and what happened. Time arrives in the actions.
import { withFigures } from '../../daemon/protocol/figures.ts';
import type { AppFigures, AppStatus } from '../../daemon/protocol/model.ts';
import { navigate } from './navigate.ts';
import { sortedApps } from './select.ts';
import type { Action, DashState, Link } from './state.ts';

/** How long a notice stays. */
const NOTICE_MS = 10_000;

export function reduce(state: DashState, action: Action): DashState {
  switch (action.type) {
    case 'snapshot':
      return withApps({ ...state, now: action.at, link: heard(state.link, action.at, true) }, action.apps);
    case 'event': {
      const live = { ...state, now: action.at, link: heard(state.link, action.at, false) };
      const { event } = action;
      switch (event.type) {
        case 'removed':
          return withApps(live, without(state.apps, event.name));
        case 'app':
          return withApps(live, [...without(state.apps, event.app.name), event.app]);
        case 'figures':
          return withFiguresOf(live, event.figures);
      }
    }
    case 'lost':
      return { ...state, now: action.at, link: lost(state.link, action) };
    case 'retrying':
      return { ...state, link: { ...state.link, retryAt: null } };
    case 'tick': {
      const old = state.notice !== null && action.at - state.notice.at >= NOTICE_MS;
      return { ...state, now: action.at, notice: old ? null : state.notice };
    }
    case 'resize':
      return { ...state, columns: action.columns, rows: action.rows };
    case 'notice':
      return withoutStaleNotice({ ...state, notice: action.notice });
    case 'command':
      return navigate(state, action.command);
  }
}

function heard(link: Link, at: number, snapshot: boolean): Link {
  // An event of a subscription that is already lost must not look like life.
  if (link.phase !== 'live' && !snapshot) return link;
  const since = link.phase === 'live' ? link.since : at;
  return { phase: 'live', since, tries: 0, retryAt: null, heardAt: at, reason: null };
}

function lost(link: Link, { at, retryAt, reason }: Extract<Action, { type: 'lost' }>): Link {
  const again = link.phase === 'lost';
  return { ...link, phase: 'lost', since: again ? link.since : at, tries: again ? link.tries + 1 : 1, retryAt, reason };
}

function withFiguresOf(state: DashState, figures: readonly AppFigures[]): DashState {
  const fresh = new Map(figures.map((one) => [one.name, one]));
  const apps = state.apps.map((app) => {
    const own = fresh.get(app.name);
    return own === undefined ? app : withFigures(app, own);
  });
  return { ...state, apps };
}

function without(apps: readonly AppStatus[], name: string): readonly AppStatus[] {
  return apps.filter((app) => app.name !== name);
}

function withoutStaleNotice(state: DashState): DashState {
  const { apps, notice } = state;
  const ended = apps.some(({ operations }) =>
    operations.some(({ op, endedAt }) => op === notice?.op && endedAt !== null),
  );
  return ended ? { ...state, notice: null } : state;
}

/** Keeps the cursor on its app; when that app is gone, on its neighbour, and its own view closes. */
function withApps(state: DashState, apps: readonly AppStatus[]): DashState {
  const next = withoutStaleNotice({ ...state, apps: apps.toSorted((a, b) => a.id - b.id) });
  if (apps.some((app) => app.name === state.selected)) return next;
  const place = sortedApps(state).findIndex((app) => app.name === state.selected);
  const order = sortedApps(next);
  const selected = order[Math.min(Math.max(place, 0), order.length - 1)]?.name ?? null;
  return { ...next, selected, view: 'overview', worker: 0 };
}
