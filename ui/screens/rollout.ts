// The last operation of an app: how far it is, what each slot waits for, where the connections are, and its story.
import type { AppStatus, OperationStatus, RolloutStep } from '../../daemon/protocol/model.ts';
import { replacedSlots } from '../paint/label.ts';
import { apart, EMPTY, type Line, renderLine, renderLines, span } from '../paint/line.ts';
import { backSlots, changeText, kindText, latestOperation, wentBack } from '../paint/operation.ts';
import type { Mood, Theme } from '../paint/theme.ts';
import { spotOf } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import { workerRows } from './app-workers.ts';
import { headerLines } from './header.ts';
import { page, rangeText } from './page.ts';
import { lastRows, paintRow, paintTitle, seenRows } from './pane.ts';
import { canaryLine, canaryLines } from './rollout-canary.ts';
import { DID } from './rollout-bar.ts';
import { progressLines } from './rollout-result.ts';
import { slotRows } from './rollout-slots.ts';
import { strategyLine } from './rollout-strategy.ts';
import { trafficLines } from './rollout-traffic.ts';

/** Heights from which on there are blank lines; a foot and a title above the steps; strategy and traffic. */
const ROOMY_ROWS = 29;
const TITLE_ROWS = 19;
const STORY_ROWS = 14;

export function paintRollout(state: DashState, app: AppStatus, width: number, height: number, theme: Theme): string[] {
  const operation = latestOperation(app);
  const mood = state.link.phase === 'lost' ? 'stale' : 'normal';
  const head = headerLines(state, width, height, theme, crumbs(app, operation, width), null);
  const top = head.map((line) => renderLine(line, width, theme));
  if (operation === null) {
    return page(top, renderLines(noRollout(app, state.readOnly), width, theme, mood), [], height);
  }
  const gap = height >= ROOMY_ROWS ? [''] : [];
  const strategy = height < STORY_ROWS ? [] : [strategyLine(app, operation, width)];
  const titled = height >= TITLE_ROWS;
  const progress = progressLines(app, operation, state, width).slice(0, progressRows(height));
  const canary = height < STORY_ROWS ? canaryLine(operation, state.now) : canaryLines(app, operation, state.now, width);
  const traffic = height < STORY_ROWS ? [] : trafficLines(state, app, operation, width);
  const paint = (lines: readonly Line[]): string[] => renderLines(lines, width, theme, mood);
  const above = [
    ...paint(strategy),
    ...gap,
    ...paint(progress),
    ...(canary.length > 0 ? gap : []),
    ...paint(canary),
    ...gap,
  ];
  const between = traffic.length === 0 ? [] : [...gap, ...paint(traffic)];
  const footRows = footLines(operation, width, height, '').length;
  const room = height - top.length - above.length - between.length - gap.length - footRows;
  const { pane, row } = spotOf(state);
  const rows = operation.slots.length || app.workers.length;
  const story = stepsOf(operation);
  const least =
    height < STORY_ROWS ? 0 : pane === 1 ? Math.floor(room / 2) : titled ? Math.min(5, story.length + 1) : 2;
  const own = rows === 0 ? 0 : Math.max(0, Math.min(rows + 1, Math.max(3, room - least), room));
  const cursor = pane === 0 ? row : null;
  const table =
    operation.slots.length > 0
      ? slotRows(app, operation, state.now, cursor, width, own, theme, mood)
      : workerRows(state, app, cursor, width, own, theme, mood);
  const seen = seenRows(rows, cursor, own - 1);
  const range = rangeText(seen[0] ?? 0, seen.length, rows);
  const steps = stepRows(state, story, titled, width, Math.max(0, room - own), theme, mood);
  const foot = footLines(operation, width, height, range);
  return page(top, [...above, ...table, ...between, ...gap, ...steps], renderLines(foot, width, theme), height);
}

/** A long story of a failure leaves room for the slots. */
function progressRows(height: number): number {
  if (height >= TITLE_ROWS) return Infinity;
  return height >= STORY_ROWS ? 5 : 2;
}

function crumbs(app: AppStatus, operation: OperationStatus | null, width: number): Line {
  const { name } = app;
  const place = span(width < 60 ? ` › ${name}  ` : ` › ${name} › rollout   `);
  if (operation === null) return [place];
  const { from, to, slots, returning } = operation;
  const kind = kindText(operation.kind);
  const back = returning !== null || wentBack(operation);
  const done = back ? backSlots(app, operation) : replacedSlots(slots);
  if (width < 60)
    return [place, span(slots.length === 0 ? kind : `g${from} → g${to}  ${done}/${slots.length}`, 'strong')];
  const change = slots.length === 0 ? '' : changeText(operation);
  const count = slots.length === 0 ? '' : `   ${done} of ${slots.length}`;
  return [
    place,
    span(kind, 'strong'),
    span(change === '' ? '' : ` ${change}`),
    span(count === '' || width < 76 ? count : `${count} ${back ? 'back' : DID[operation.kind]}`),
  ];
}

function noRollout({ name, up }: AppStatus, readOnly: boolean): readonly Line[] {
  const how = readOnly ? '' : up > 0 ? 'r reloads it now, and no request is dropped' : 'S starts it';
  return [EMPTY, [span(` Nothing was rolled out of ${name} since its start.`)], [span(` ${how}`, 'muted')]];
}

/** The beginning is a step, too. */
function stepsOf({ kind, by, startedAt, steps }: OperationStatus): readonly RolloutStep[] {
  if (startedAt === null) return steps;
  return [{ at: startedAt, slot: null, text: `${kindText(kind)} started${by === null ? '' : ` by ${by}`}` }, ...steps];
}

/** At most `height` rows. The newest stands at the bottom, and stays there while the cursor is elsewhere. */
function stepRows(
  state: DashState,
  steps: readonly RolloutStep[],
  titled: boolean,
  width: number,
  height: number,
  theme: Theme,
  mood: Mood,
): string[] {
  const { pane, row } = spotOf(state);
  const cursor = pane === 1 ? Math.min(row, steps.length - 1) : null;
  const rows = lastRows(steps.length, cursor, height - Number(titled)).map((at) =>
    paintRow(stepLine(steps[at]!, width, theme), width, theme, mood, at === cursor),
  );
  if (!titled || height < 1) return rows;
  const hidden = steps.length - rows.length;
  const about = hidden > 0 && cursor === null ? [span(` ${hidden} earlier`, 'muted')] : EMPTY;
  return [paintTitle({ name: 'STEPS', active: pane === 1, about, end: EMPTY }, width, theme, mood), ...rows];
}

function stepLine({ at, slot, text }: RolloutStep, width: number, theme: Theme): Line {
  const digits = width >= 100 ? 3 : 1;
  const part = String(Math.floor(at) % 1000)
    .padStart(3, '0')
    .slice(0, digits);
  return [span(` ${theme.clock(at)}.${part}  `, 'muted'), span(slot === null ? '' : `${slot} `, 'strong'), span(text)];
}

function footLines({ endedAt }: OperationStatus, width: number, height: number, range: string): readonly Line[] {
  if (height < TITLE_ROWS) return [];
  const place = span(width >= 60 && range !== '' ? `${range} ` : '', 'muted');
  const leave = endedAt === null ? ' you can leave this view: the daemon carries on' : '';
  return [apart([span(leave, 'muted')], [place], width)];
}
