// The screens as they are seen, at every size that has a layout of its own. Read the snapshots: they are the design.
import { describe, expect, test } from 'vitest';
import { paintBody } from '../../ui/screens/body.ts';
import type { Theme } from '../../ui/paint/theme.ts';
import type { DashState } from '../../ui/state/state.ts';
import { plainTheme } from './samples.ts';
import { scenes } from './scenes.ts';

const SIZES = [
  [100, 30],
  [80, 24],
  [60, 15],
  [40, 8],
] as const;
const MAIN = ['overview, workers, marks, sorted, a notice', 'app', 'rollout'];
const SCENES = scenes();

/** As in a terminal of this size: the key bar has the last row, where there is one. */
function frame(state: DashState, columns: number, rows: number, theme: Theme): string {
  const height = rows >= 10 && columns >= 40 ? rows - 1 : rows;
  const lines = paintBody({ ...state, columns, rows }, columns, height, theme);
  return `\n${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

describe.each(SIZES)('at %ix%i', (columns, rows) => {
  test.each(Object.keys(SCENES))('%s', (name) => {
    expect(frame(SCENES[name]!, columns, rows, plainTheme())).toMatchSnapshot();
  });
});

describe.each(MAIN)('%s', (name) => {
  test('in a wide terminal', () => {
    expect(frame(SCENES[name]!, 160, 40, plainTheme())).toMatchSnapshot();
  });

  test('with colours', () => {
    expect(frame(SCENES[name]!, 80, 24, plainTheme({ color: true, styles: true }))).toMatchSnapshot();
  });

  test('without colours', () => {
    expect(frame(SCENES[name]!, 80, 24, plainTheme({ styles: true }))).toMatchSnapshot();
  });

  test('in ASCII', () => {
    expect(frame(SCENES[name]!, 80, 24, plainTheme({ unicode: false }))).toMatchSnapshot();
  });
});

test.each([
  [39, 8],
  [38, 5],
  [30, 4],
  [20, 3],
  [20, 1],
  [8, 2],
  [1, 1],
] as const)('a tiny terminal: %ix%i', (columns, rows) => {
  expect(frame(SCENES['overview']!, columns, rows, plainTheme())).toMatchSnapshot();
  expect(frame(SCENES['overview, daemon away']!, columns, rows, plainTheme())).toMatchSnapshot();
});
