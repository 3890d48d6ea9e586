import { afterEach, expect, test, vi } from 'vitest';
import { steady, toWall } from '../../../daemon/os/clock.ts';

afterEach(() => void vi.restoreAllMocks());

/** The clock on the wall is set. */
function set(ms: number): void {
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + ms);
}

test.each([3_600_000, -3_600_000])(
  'a clock that is set by %d ms: time goes on, and is shown as the wall shows it',
  (ms) => {
    const at = steady();
    expect(Math.abs(toWall(at) - Date.now())).toBeLessThan(1_500);
    set(ms);
    expect(steady() - at).toBeGreaterThanOrEqual(0);
    expect(steady() - at).toBeLessThan(500);
    expect(Math.abs(toWall(at) - Date.now())).toBeLessThan(1_500);
  },
);

test('a small correction changes nothing that is shown', () => {
  const shown = toWall(1_000);
  set(300);
  expect(toWall(1_000)).toBe(shown);
});
