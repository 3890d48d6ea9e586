// Which painter draws the live part of the screen.
import { selectedApp } from '../state/select.ts';
import type { DashState } from '../state/state.ts';
import type { Theme } from '../paint/theme.ts';
import { paintDetail } from './app.ts';
import { paintOverview } from './overview.ts';
import { paintTiny } from './tiny.ts';

/** A painter: exactly `height` rows, none wider than `width` cells, for any size. */
export type Paint = (state: DashState, width: number, height: number, theme: Theme) => string[];

export const paintBody: Paint = (state, width, height, theme) => {
  if (height <= 0 || width <= 0) return Array.from({ length: Math.max(0, height) }, () => '');
  if (width < 40 || height < 8) return paintTiny(state, width, height, theme);
  const app = selectedApp(state);
  return state.view === 'app' && app !== null
    ? paintDetail(state, app, width, height, theme)
    : paintOverview(state, width, height, theme);
};
