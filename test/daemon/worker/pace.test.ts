import { expect, test } from 'vitest';
import { Pace } from '../../../daemon/worker/pace.ts';
import { until } from '../../helpers/until.ts';

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Turns of the event loop until `ms` have passed. */
async function pass(ms: number): Promise<void> {
  const from = performance.now();
  await until(() => performance.now() - from > ms, { every: 5 });
}

/** A request that was answered after `ms`. */
async function request(pace: Pace, ms: number, head = 'HTTP/1.1 200 OK\r\n\r\n'): Promise<void> {
  const message = { response: { _header: head } };
  pace.came(message);
  await pass(ms);
  pace.answered(message);
}

test('the first look tells nothing: what came before it was booting', async () => {
  const pace = new Pace();
  block(120);
  await pass(60);
  expect(pace.take()).toEqual({ lag: null, latency: null });
});

test.each([
  ['in the turn of a look', 0],
  ['soon after it', 20],
  // Where the monitor looks for the first time again.
  ['at the next look', 49],
  ['just after the next look', 51],
  ['later', 130],
])('a block %s is seen, and forgotten after', async (_, after) => {
  const pace = new Pace();
  pace.take();
  await pass(130);
  pace.take();
  if (after > 0) await pass(after);
  block(300);
  await pass(130);
  const { lag } = pace.take();
  expect(lag).toBeGreaterThan(200);
  expect(lag).toBeLessThan(1_000);
  await pass(130);
  expect(pace.take().lag).toBeLessThan(lag!);
});

test('whenever a block comes, the figures of its second tell it', async () => {
  const pace = new Pace();
  const seen: number[] = [];
  pace.every(200, ({ lag }) => seen.push(lag ?? 0));
  await until(() => seen.length > 1);
  for (let at = 0; at < 20; at += 1) {
    await pass(10 * at);
    const before = seen.length;
    block(300);
    await until(() => seen.length > before + 1);
    expect(Math.max(...seen.slice(before)), `after ${10 * at} ms`).toBeGreaterThan(200);
  }
});

test('a look that nothing holds up is not late: its own pause does not count', async () => {
  const pace = new Pace();
  pace.take();
  let best = Infinity;
  // Other work on the machine may hold one up.
  for (let second = 0; second < 10 && best > 5; second += 1) {
    await pass(130);
    best = Math.min(best, pace.take().lag ?? Infinity);
  }
  expect(best).toBeLessThanOrEqual(5);
});

test('latency: what 95 of 100 answers took at most; null without answers', async () => {
  const pace = new Pace();
  pace.take();
  expect(pace.take().latency).toBe(null);
  await Promise.all(Array.from({ length: 98 }, () => request(pace, 1)));
  await Promise.all(Array.from({ length: 2 }, () => request(pace, 400)));
  const { latency } = pace.take();
  expect(latency).toBeGreaterThanOrEqual(1);
  expect(latency).toBeLessThan(400);
  await Promise.all(Array.from({ length: 10 }, () => request(pace, 200)));
  expect(pace.take().latency).toBeGreaterThanOrEqual(200);
  expect(pace.take().latency).toBe(null);
});

test('the end of an event stream, and an answer to a request that nobody saw, are no answers', async () => {
  const pace = new Pace();
  pace.take();
  await request(pace, 150, 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
  pace.answered({ response: {} });
  expect(pace.take().latency).toBe(null);
});
