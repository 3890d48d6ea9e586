import { expect, test } from 'vitest';
import { createPace } from '../../ui/pace.ts';
import type { Action } from '../../ui/state/state.ts';

const FIGURES: Action = { type: 'event', at: 0, event: { type: 'figures', figures: [] } };
const REMOVED: Action = { type: 'event', at: 0, event: { type: 'removed', name: 'api' } };
const TICK: Action = { type: 'tick', at: 0 };

/** The times, of a minute of figures and clock ticks out of step, at which there is something to paint. */
function painted(presses: number, figures = true): number[] {
  let now = 0;
  const pace = createPace(() => now);
  for (let press = 0; press < presses; press += 1) pace.slower();
  const times: number[] = [];
  for (; now < 60_000; now += 100) {
    const due = (figures && now % 1000 === 300 && pace.wants(FIGURES)) || (now % 1000 === 0 && pace.wants(TICK));
    if (due) times.push(now);
  }
  return times;
}

test.each([
  ['one frame a second', 0, 60],
  ['every two seconds', 1, 30],
  ['every five', 2, 12],
  ['and again every second', 3, 60],
])('figures and clock together: %s', (_, presses, frames) => {
  expect(painted(presses).length).toBeGreaterThanOrEqual(frames - 1);
  expect(painted(presses).length).toBeLessThanOrEqual(frames + 1);
});

test('the clock goes on without figures', () => {
  expect(painted(0, false).length).toBeGreaterThanOrEqual(59);
});

test('what happens is painted at once', () => {
  const pace = createPace(() => 0);
  expect([FIGURES, FIGURES, REMOVED, REMOVED].map((action) => pace.wants(action))).toEqual([true, false, true, true]);
});
