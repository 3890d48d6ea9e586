// Pure: the next state from this one and what happened. Time arrives in the actions.
import { withFigures } from '../../daemon/protocol/figures.ts';
import type { AppFigures, AppStatus } from '../../daemon/protocol/model.ts';
import { historyOf, withoutApp, withSecond } from './history.ts';
import { applyCommand } from './commands.ts';
import { openedLogs, withKeep, withLines, withSearch } from './logs.ts';
import { goHome, goTo } from './navigate.ts';
import { shownApps } from './select.ts';
import type { Action, DashState, Field, Link } from './state.ts';

/** How long a notice stays. */
const NOTICE_MS = 10_000;
/** How long a question waits for its answer. */
const SHEET_MS = 30_000;

export function reduce(state: DashState, action: Action): DashState {
  switch (action.type) {
    case 'snapshot':
      return withApps({ ...state, now: action.at, link: heard(state.link, action.at, true) }, action.apps);
    case 'event': {
      const live = { ...state, now: action.at, link: heard(state.link, action.at, false) };
      const { event } = action;
      switch (event.type) {
        case 'removed':
          return withApps({ ...live, history: withoutApp(live.history, event.name) }, without(state.apps, event.name));
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
      const next = { ...state, now: action.at, notice: old ? null : state.notice };
      const unanswered = state.sheet !== null && action.at - state.sheet.openedAt >= SHEET_MS;
      return unanswered ? { ...next, sheet: null, field: null } : next;
    }
    case 'resize':
      return { ...state, columns: action.columns, rows: action.rows };
    case 'notice':
      return withoutStaleNotice({ ...state, notice: action.notice });
    case 'history':
      return { ...state, history: historyOf(action.history, state.history) };
    case 'logs-lines':
      return { ...state, logs: withLines(state.logs, action) };
    case 'command':
      return applyCommand(state, action.command, action.key);
    case 'field':
      return typed(state, action.field);
    case 'sheet':
      return { ...state, sheet: action.sheet, field: null };
    case 'commanded':
      return { ...state, commands: [...state.commands.filter((line) => line !== action.line), action.line] };
    case 'go':
      return went(state, action);
  }
}

/** Another app has other output, wherever its screens are. */
function went(state: DashState, { view, app }: Extract<Action, { type: 'go' }>): DashState {
  if (view === 'overview') return goTo(state, view);
  const follows = view === 'app' || view === 'logs' || app !== state.selected;
  const logs = follows ? openedLogs(state.logs, { apps: [app] }) : state.logs;
  return goTo({ ...state, selected: app, logs }, view);
}

/** Filters and searches follow the typing. */
function typed(state: DashState, field: Field | null): DashState {
  const next = { ...state, field };
  if (field?.purpose === 'filter') return onShownApp({ ...next, filter: field.text });
  if (field?.purpose === 'search') return { ...next, logs: withSearch(state.logs, field.text, state) };
  return field?.purpose === 'keep' ? { ...next, logs: withKeep(state.logs, field.text) } : next;
}

/** The cursor does not stand on an app that the filter leaves out. */
function onShownApp(state: DashState): DashState {
  const shown = shownApps(state);
  const there = shown.some(({ name }) => name === state.selected);
  return there ? state : { ...state, selected: shown[0]?.name ?? state.selected };
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
  return {
    ...state,
    apps,
    history: withSecond(
      state.history,
      figures.filter(({ name }) => state.apps.some((app) => app.name === name)),
    ),
  };
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

/** Keeps the cursor on its app; when that app is gone, on its neighbour, and the screens about it close. */
function withApps(state: DashState, apps: readonly AppStatus[]): DashState {
  const names = new Set(apps.map(({ name }) => name));
  const marked = [...state.marked].every((name) => names.has(name))
    ? state.marked
    : new Set([...state.marked].filter((name) => names.has(name)));
  const next = withoutStaleNotice({ ...state, marked, apps: apps.toSorted((a, b) => a.id - b.id) });
  if (state.selected !== null && names.has(state.selected)) return next;
  const place = shownApps(state).findIndex((app) => app.name === state.selected);
  const order = shownApps(next);
  const selected = order[Math.min(Math.max(place, 0), order.length - 1)]?.name ?? null;
  const home = goHome({ ...next, selected });
  // Somebody else did it: what is typed next must not go to its neighbour unnoticed.
  if (state.trail.length === 1 || state.selected === null) return home;
  return { ...home, notice: { text: `${state.selected} was deleted.`, tone: 'bad', at: state.now } };
}
