import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DaemonWatch } from '../../../daemon/master/daemon-watch.ts';

type State = 'held' | 'lost' | 'free';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watching(state: State, launch: () => Promise<unknown> = () => Promise.resolve()) {
  const around = { state, launches: 0 };
  const watch = new DaemonWatch({
    look: () => around.state,
    launch: () => {
      around.launches += 1;
      return launch();
    },
  });
  return { watch, around };
}

test('a daemon that died is brought back within a second', async () => {
  const { watch, around } = watching('lost');
  watch.alone();
  await vi.advanceTimersByTimeAsync(299);
  expect(around.launches).toBe(0);
  await vi.advanceTimersByTimeAsync(401);
  expect(around.launches).toBe(1);
});

test.each(['held', 'free'] as const)('one whose lock is %s is left alone', async (state) => {
  const { watch, around } = watching(state);
  watch.alone();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(around.launches).toBe(0);
});

test('one that lives and dies before it follows anybody is noticed', async () => {
  const { watch, around } = watching('held');
  watch.alone();
  await vi.advanceTimersByTimeAsync(60_000);
  around.state = 'lost';
  await vi.advanceTimersByTimeAsync(16_000);
  expect(around.launches).toBe(1);
});

test('one that follows needs nobody', async () => {
  const { watch, around } = watching('lost');
  watch.alone();
  watch.rest();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(around.launches).toBe(0);
});

test('one that cannot be started is tried again, ever more rarely', async () => {
  const { watch, around } = watching('lost', () => Promise.reject(new Error('no memory')));
  watch.alone();
  await vi.advanceTimersByTimeAsync(10_000);
  const first = around.launches;
  expect(first).toBeGreaterThanOrEqual(3);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(around.launches - first).toBeGreaterThan(600 / 16 - 1);
  expect(around.launches - first).toBeLessThan(600 / 14);
});

test('the next death is noticed as quickly as the first', async () => {
  const { watch, around } = watching('free');
  watch.alone();
  await vi.advanceTimersByTimeAsync(600_000);
  watch.rest();
  around.state = 'lost';
  watch.alone();
  await vi.advanceTimersByTimeAsync(700);
  expect(around.launches).toBe(1);
});
