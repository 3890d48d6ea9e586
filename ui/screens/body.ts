// Which painter draws the live part of the screen.
import { selectedApp, viewOf } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import type { Theme } from '../paint/theme.ts';
import { paintApp } from './app.ts';
import { paintDescribeScreen } from './describe.ts';
import { paintEvents } from './events.ts';
import { paintHelp } from './help.ts';
import { paintLogs } from './logs.ts';
import { paintOverview } from './overview.ts';
import { paintRollout } from './rollout.ts';
import { paintTiny } from './tiny.ts';

/** A painter: exactly `height` rows, none wider than `width` cells, for any size. */
export type Paint = (state: DashState, width: number, height: number, theme: Theme) => string[];

export const paintBody: Paint = (state, width, height, theme) => {
  if (height <= 0 || width <= 0) return Array.from({ length: Math.max(0, height) }, () => '');
  // A question or a text field takes rows of it, and leaves it the screen that it was.
  if (state.columns < 40 || state.rows < 8) return paintTiny(state, width, height, theme);
  if (viewOf(state) === 'help') return paintHelp(state, width, height, theme);
  if (viewOf(state) === 'logs') return paintLogs(state, width, height, theme);
  const app = selectedApp(state);
  if (app === null) return paintOverview(state, width, height, theme);
  switch (viewOf(state)) {
    case 'app':
      return paintApp(state, app, width, height, theme);
    case 'rollout':
      return paintRollout(state, app, width, height, theme);
    case 'describe':
      return paintDescribeScreen(state, app, width, height, theme);
    case 'events':
      return paintEvents(state, app, width, height, theme);
    case 'overview':
    case 'logs':
    case 'help':
      return paintOverview(state, width, height, theme);
  }
};
