// What happened to the selected app, newest first: crashes with their cause, rollouts with their receipt.
import type { AppStatus } from '../../daemon/protocol/model.ts';
import type { DashState } from '../state/state.ts';
import { appLabel } from '../paint/label.ts';
import { EMPTY, type Line, span } from '../paint/line.ts';
import { problemOf } from '../paint/problem.ts';
import { storyLines } from '../paint/story.ts';
import { wrap } from '../paint/text.ts';
import type { Theme } from '../paint/theme.ts';
import { headerLines } from './header.ts';
import { paintScroll, readingWidth } from './scroll.ts';

export function paintEvents(state: DashState, app: AppStatus, width: number, height: number, theme: Theme): string[] {
  const { now } = state;
  const crumbs = [span(` › ${app.name} › events  `), appLabel(app, now), span(`  ${app.up}/${app.wanted} up`)];
  const head = headerLines(state, width, height, theme, crumbs, null);
  const story = storyLines(app, { width: readingWidth(width), now, theme });
  const lines = story.length === 0 ? quietLines(width) : story;
  return paintScroll(state, head, [...problemLines(app, width, now), ...lines], width, height, theme);
}

function problemLines(app: AppStatus, width: number, now: number): readonly Line[] {
  const problem = problemOf(app, now);
  if (problem === null) return [];
  const lines = wrap(`▲ ${problem.why}. See: ${problem.next}`, readingWidth(width), '  ');
  return [...lines.map((line) => [span(line, 'warn')]), EMPTY];
}

function quietLines(width: number): readonly Line[] {
  const text = 'Nothing yet: no worker has ended by itself, and nothing was asked of the app.';
  return wrap(text, readingWidth(width)).map((line) => [span(line, 'muted')]);
}
