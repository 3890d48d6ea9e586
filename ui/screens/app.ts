// One app: what it is, its workers, its last operation and its last crash.
import { formatAge, formatBytes, formatPercent } from '../../daemon/protocol/format.ts';
import type { AppStatus, WorkerStatus } from '../../daemon/protocol/model.ts';
import { clampedWorker, latestOperation, sortedWorkers } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import { fit, fitMiddle, fitRight } from '../paint/text.ts';
import type { Theme } from '../paint/theme.ts';
import { exitLines } from './exit.ts';
import { headerLines, noticeLine } from './header.ts';
import { appLabel, workerLabel } from './label.ts';
import { EMPTY, type Line, renderLine, span } from '../paint/line.ts';
import { page, windowFrom } from './page.ts';
import { rolloutLines } from './rollout.ts';

export function paintDetail(state: DashState, app: AppStatus, width: number, height: number, theme: Theme): string[] {
  const mood = state.link.phase === 'lost' ? 'stale' : 'normal';
  const since = width < 80 ? '' : ` since ${theme.clock(app.since)}`;
  const crumbs = [
    span(` › ${app.name}  `),
    appLabel(app),
    span(`  ${app.up}/${app.wanted} up  g${app.generation}${since}`),
  ];
  const trouble = app.reason === null ? null : [span(` ${app.reason}`, 'warn')];
  const head = headerLines(state, width, height, theme, crumbs, trouble).map((line) => renderLine(line, width, theme));
  const facts = height < 10 ? [] : factLines(app, width);
  const workers = workerRows(state, app, width, Math.max(2, Math.ceil((height - head.length) / 2)), theme);
  const notice = state.notice === null || height < 10 ? [] : [renderLine(noticeLine(state), width, theme)];
  const room = height - head.length - facts.length - workers.length - notice.length;
  const story = storyLines(state, app, width, room, theme);
  const middle = [...facts.map((line) => renderLine(line, width, theme, mood)), ...workers];
  return page(head, [...middle, ...story.map((line) => renderLine(line, width, theme, mood))], notice, height);
}

function factLines(app: AppStatus, width: number): readonly Line[] {
  const { spec } = app;
  const parts = [`listens ${app.listeners.join(' ') || '-'}`, `mode ${spec.execMode}`, `restarts ${app.restarts}`];
  if (app.waiting > 0) parts.push(`waiting ${app.waiting}`);
  const facts = ` ${parts.join('   ')}   script `;
  const room = width - facts.length;
  // Of a long path the end says most, of a short rest nothing.
  return [[span(room < 12 ? facts.replace(/ +script $/, '') : `${facts}${fitMiddle(spec.script, room).trimEnd()}`)]];
}

function workerRows(state: DashState, app: AppStatus, width: number, height: number, theme: Theme): string[] {
  const mood = state.link.phase === 'lost' ? 'stale' : 'normal';
  const workers = sortedWorkers(app);
  if (workers.length === 0) return [renderLine([span(' No workers.', 'muted')], width, theme, mood)];
  const cursor = clampedWorker(state);
  const from = windowFrom(workers.length, cursor, 1, height - 1);
  return [
    renderLine([span(cellsFor(width, TITLES))], width, theme, mood),
    ...workers.slice(from, from + height - 1).map((worker, at) => {
      const selected = from + at === cursor;
      const line = workerLine(app, worker, width, state.now, selected);
      return renderLine(line, width, theme, mood === 'stale' ? mood : selected ? 'selected' : 'normal');
    }),
  ];
}

const TITLES = {
  slot: '#',
  stage: 'STATE',
  pid: 'PID',
  gen: 'GEN',
  cpu: 'CPU',
  mem: 'MEM',
  conns: 'CONNS',
  reqs: 'REQS',
  up: 'UP',
};

function workerLine(app: AppStatus, worker: WorkerStatus, width: number, now: number, selected: boolean): Line {
  const label = workerLabel(worker, now);
  const text = cellsFor(width, {
    slot: String(worker.slot),
    stage: label.text,
    pid: String(worker.pid),
    gen: `g${worker.generation}`,
    cpu: worker.cpu === null ? '-' : formatPercent(worker.cpu),
    mem: worker.memory === null ? '-' : formatBytes(worker.memory),
    conns: seen(app, worker.connections),
    reqs: seen(app, worker.requests),
    up: formatAge(now - worker.startedAt),
  });
  const at = 5;
  const end = at + STAGE_CELLS;
  return [
    span(`${selected ? '>' : ' '}${text.slice(1, at)}`),
    span(text.slice(at, end), label.tone),
    span(text.slice(end)),
  ];
}

/** In fork mode the app owns its ports: what comes in there is not seen. */
function seen({ spec }: AppStatus, count: number): string {
  return spec.execMode === 'fork' ? '-' : String(count);
}

const STAGE_CELLS = 16;

function cellsFor(width: number, cells: typeof TITLES): string {
  const { gen, cpu, mem, conns, reqs, up } = cells;
  const few = width < 60 ? [gen, conns, up] : [gen, cpu, mem, conns, up];
  const right = width < 80 ? few : [gen, cpu, mem, conns, reqs, up];
  const pid = width < 50 ? '' : fitRight(cells.pid, 9);
  const rest = right.map((text) => fitRight(text, width < 80 ? 6 : 8)).join('');
  return ` ${fitRight(cells.slot, 3)} ${fit(cells.stage, STAGE_CELLS)}${pid}${rest}`;
}

function storyLines(state: DashState, app: AppStatus, width: number, height: number, theme: Theme): readonly Line[] {
  if (height < 2) return [];
  const operation = latestOperation(app);
  const last = exitLines(app, theme, operation?.failure?.lines);
  const exit = last.length === 0 ? [] : [EMPTY, ...last];
  if (operation === null) return exit.slice(0, height);
  const rest = height - 1 - (height > exit.length + 8 ? exit.length : 0);
  return [EMPTY, ...rolloutLines(app, operation, width, rest, state.now, theme), ...exit].slice(0, height);
}
