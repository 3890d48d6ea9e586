// The lower part of the app screen: what happened to the app, and the end of its output.
import type { AppStatus, OutputLine } from '../../daemon/protocol/model.ts';
import { eventLine } from '../paint/event.ts';
import { EMPTY, type Line, renderLine, span } from '../paint/line.ts';
import type { Mood, Theme } from '../paint/theme.ts';
import { spotOf } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import { lastRows, paintRow, paintTitle, seenRows } from './pane.ts';

/** Widths from which a line of output has its time and the name of its stream. */
const FULL_LOG_WIDTH = 70;

/** At most `height` rows, newest first. Without `titled` only the events. */
export function eventRows(
  state: DashState,
  app: AppStatus,
  titled: boolean,
  width: number,
  height: number,
  theme: Theme,
  mood: Mood,
): string[] {
  const { events } = app;
  const { pane, row } = spotOf(state);
  const active = pane === 1;
  const cursor = active ? Math.min(row, events.length - 1) : null;
  const rows = seenRows(events.length, cursor, height - Number(titled)).map((at) =>
    paintRow(
      [span(' '), ...eventLine(events[events.length - 1 - at]!, app, state.now, theme)],
      width,
      theme,
      mood,
      at === cursor,
    ),
  );
  if (!titled || height < 1) return rows;
  const about = events.length === 0 ? [span(' nothing happened yet', 'muted')] : EMPTY;
  return [paintTitle({ name: 'EVENTS', active, about, end: EMPTY }, width, theme, mood), ...rows];
}

/** At most `height` rows: the end of what the app printed, or what is around the cursor. */
export function logRows(
  state: DashState,
  app: AppStatus,
  width: number,
  height: number,
  theme: Theme,
  mood: Mood,
): string[] {
  if (height < 1) return [];
  const { pane, row } = spotOf(state);
  const active = pane === 2;
  const lines = linesOf(state, app);
  const cursor = active ? Math.min(row, lines.length - 1) : null;
  const rows = lastRows(lines.length, cursor, height - 1).map((at) =>
    paintRow(logLine(lines[at]!, width, theme), width, theme, mood, at === cursor),
  );
  const about = span(lines.length === 0 ? ' nothing printed yet' : ' all workers, newest last', 'muted');
  const paused = cursor !== null && cursor < lines.length - 1;
  const end = span(paused ? `${cursor + 1} of ${lines.length} ` : 'following ', 'muted');
  return [paintTitle({ name: 'LOGS', active, about: [about], end: [end] }, width, theme, mood), ...rows];
}

/** The output of this app. */
export function linesOf({ logs }: DashState, { name }: AppStatus): readonly OutputLine[] {
  const alone = logs.apps.length === 1 && logs.apps[0] === name;
  return alone ? logs.lines : logs.lines.filter(({ app }) => app === name);
}

function logLine({ at, slot, stream, text }: OutputLine, width: number, theme: Theme): Line {
  const err = stream === 'err';
  const who = slot === null ? '-' : String(slot);
  if (width < FULL_LOG_WIDTH) return [span(` ${who}`), span(err ? '! ' : '  ', 'warn'), span(text)];
  return [
    span(` ${at === null ? ' '.repeat(8) : theme.clock(at)} `, 'muted'),
    span(`${who} `),
    span(err ? 'err ' : 'out ', err ? 'warn' : 'muted'),
    span(text),
  ];
}

/** Shown where the workers would be: how the last one ended. */
export function noWorkerRows(
  { readOnly }: DashState,
  app: AppStatus,
  exit: readonly Line[],
  width: number,
  theme: Theme,
  mood: Mood,
): string[] {
  const hint = app.state === 'stopped' && !readOnly ? '  S starts it' : '';
  const lines = [[span(' No workers.', 'muted'), span(hint, 'muted')], ...exit];
  return lines.map((line) => renderLine(line, width, theme, mood));
}
