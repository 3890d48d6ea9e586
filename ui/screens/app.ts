// One app: what it is, its figures, its workers, what happened to it and what it prints.
import { formatAge, formatTook } from '../../daemon/protocol/format.ts';
import type { AppStatus } from '../../daemon/protocol/model.ts';
import { kindText, latestOperation, tookOf, wentBack } from '../paint/operation.ts';
import { appLabel } from '../paint/label.ts';
import { type Line, renderLine, span } from '../paint/line.ts';
import { warmLeft } from '../paint/release.ts';
import { fitMiddle } from '../paint/text.ts';
import type { Theme } from '../paint/theme.ts';
import { spotOf } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import { graphLine, graphLines } from './app-graphs.ts';
import { eventRows, linesOf, logRows, noWorkerRows } from './app-panes.ts';
import { workerRows } from './app-workers.ts';
import { exitLines } from '../paint/exit.ts';
import { headerLines } from './header.ts';
import { page } from './page.ts';
import { problemOf, reasonOf } from '../paint/problem.ts';

/** From these heights on there are: blank lines, facts and all graphs; both panes below the workers; one of them with a title. */
const ROOMY_ROWS = 29;
const PANES_ROWS = 19;
const LOW_ROWS = 14;

/** Rows of each part, of those that are left. */
interface Shares {
  readonly workers: number;
  readonly events: number;
  readonly logs: number;
}

export function paintApp(state: DashState, app: AppStatus, width: number, height: number, theme: Theme): string[] {
  const mood = state.link.phase === 'lost' ? 'stale' : 'normal';
  const { pane, row } = spotOf(state);
  const roomy = height >= ROOMY_ROWS;
  const gap = roomy ? [''] : [];
  const why = problemOf(app, state.now)?.why ?? reasonOf(app, state.now);
  const trouble = why === '' ? null : [span(` ▲ ${why}`, 'warn' as const)];
  const head = headerLines(state, width, height, theme, crumbs(app, state.now, width), trouble);
  const figures = figureLines(state, app, width, height);
  const top = [
    ...head.map((line) => renderLine(line, width, theme)),
    ...(roomy ? [renderLine(factLine(app, state.now, width), width, theme, mood), ''] : []),
    ...figures.map((line) => renderLine(line, width, theme, mood)),
    ...(figures.length > 0 ? gap : []),
  ];
  const idle = app.workers.length === 0 ? noWorkerRows(state, app, exitLines(app, theme), width, theme, mood) : [];
  const room = height - top.length - 2 * gap.length;
  const wanted = {
    workers: idle.length || app.workers.length + 1,
    events: app.events.length,
    logs: 1 + linesOf(state, app).length,
  };
  const shares = sharesOf(room, height, wanted, pane);
  const workers =
    idle.length > 0
      ? idle.slice(0, shares.workers)
      : workerRows(state, app, pane === 0 ? row : null, width, shares.workers, theme, mood);
  const titled = height >= PANES_ROWS || (height >= LOW_ROWS && shares.events > 1);
  const events = eventRows(state, app, titled, width, shares.events, theme, mood);
  const logs = logRows(state, app, width, shares.logs, theme, mood);
  return page(top, [...workers, ...gap, ...events, ...gap, ...logs], [], height);
}

/** The active pane gets the larger part; on low screens it is the only one below the workers. */
function sharesOf(room: number, height: number, { workers, events, logs }: Shares, pane: number): Shares {
  if (height < PANES_ROWS) {
    const least = height < LOW_ROWS || pane === 0 ? 0 : 4;
    const own = Math.max(0, Math.min(workers, room - least));
    const below = room - own;
    return pane === 2 ? { workers: own, events: 0, logs: below } : { workers: own, events: below, logs: 0 };
  }
  const calm = 1 + Math.min(events, height < ROOMY_ROWS ? 2 : 3);
  const own = Math.max(4, Math.min(workers, room - calm - 5));
  const below = Math.max(0, room - own);
  // What the output does not need is for the events, and so is more than half while the keys go to them.
  const spare = Math.max(below - logs, pane === 1 ? Math.floor(below * 0.7) : 0);
  const happened = Math.max(calm, Math.min(events + 1, spare));
  return { workers: own, events: Math.min(happened, below), logs: Math.max(0, below - happened) };
}

function crumbs(app: AppStatus, now: number, width: number): Line {
  const gen = app.generation === 0 || width < 50 ? '' : `   ${width < 70 ? 'g' : 'gen '}${app.generation}`;
  const up = app.up === 0 || width < 70 ? '' : `   up ${formatAge(now - app.since)}`;
  return [
    span(` › ${app.name}   `),
    appLabel(app),
    span(`  ${app.up}/${app.wanted}${gen}${up}`),
    span(width < 100 ? '' : lastText(app), 'muted'),
  ];
}

/** ` (reload ok, 14.2s)`. */
function lastText(app: AppStatus): string {
  const last = latestOperation(app);
  if (last === null || last.endedAt === null) return '';
  return ` (${kindText(last.kind)} ${last.phase === 'done' ? 'ok' : wentBack(last) ? 'went back' : 'failed'}, ${formatTook(tookOf(last))})`;
}

function factLine(app: AppStatus, now: number, width: number): Line {
  const { spec } = app;
  const parts = [
    `mode ${spec.execMode}`,
    `listens ${app.listeners.join(' ') || '-'}`,
    `restarts ${app.restarts}`,
    ...(spec.execMode === 'cluster' ? [`balance ${spec.balance}`] : []),
    ...(app.waiting > 0 ? [`waiting ${app.waiting}`] : []),
    ...(app.previous === null ? [] : [wayBack(app, now)]),
  ];
  const facts = `   ${parts.join('   ')}`;
  // Of a long path the end says most.
  const script = fitMiddle(app.release?.script ?? spec.script, Math.max(12, width - facts.length - 8)).trimEnd();
  return [span(' script ', 'muted'), span(script), span(facts)];
}

/** What `B` goes back to: `before g16`, `before g16 (warm 24s)`. */
function wayBack(app: AppStatus, now: number): string {
  const left = warmLeft(app, now);
  return `before g${app.previous?.generation}${left === null ? '' : ` (warm ${formatAge(left + 999)})`}`;
}

function figureLines(state: DashState, app: AppStatus, width: number, height: number): readonly Line[] {
  if (height < 9) return [];
  if (app.workers.length === 0 && !state.history.has(app.name)) return [];
  if (height < LOW_ROWS || (height < PANES_ROWS && width < 80)) return width < 50 ? [] : [graphLine(state, app, width)];
  const count = height >= ROOMY_ROWS ? 4 : height >= PANES_ROWS ? 3 : 2;
  return graphLines(state, app, width, count);
}
