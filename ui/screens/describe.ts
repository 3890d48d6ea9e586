// All about the selected app: the lines of `zdm describe`.
import type { AppStatus } from '../../daemon/protocol/model.ts';
import type { DashState } from '../state/state.ts';
import { describeLines } from '../paint/describe.ts';
import { span } from '../paint/line.ts';
import type { Theme } from '../paint/theme.ts';
import { headerLines } from './header.ts';
import { paintScroll, readingWidth } from './scroll.ts';

export function paintDescribeScreen(
  state: DashState,
  app: AppStatus,
  width: number,
  height: number,
  theme: Theme,
): string[] {
  const crumbs = [span(` › ${app.name} › describe`)];
  const head = headerLines(state, width, height, theme, crumbs, null);
  const lines = describeLines(app, { width: readingWidth(width), now: state.now, theme });
  return paintScroll(state, head, lines, width, height, theme);
}
