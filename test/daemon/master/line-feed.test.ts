import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LineFeed } from '../../../daemon/master/line-feed.ts';
import type { OutputLine } from '../../../daemon/protocol/model.ts';

interface Follower {
  readonly batches: string[][];
  /** Whether pushes are taken. */
  quick: boolean;
  next(): string[];
  close(): void;
}

const texts = (lines: unknown): string[] => (lines as OutputLine[]).map(({ text }) => text);

function follow(feed: LineFeed, lines: number): Follower {
  const batches: string[][] = [];
  const follower = { batches, quick: true };
  const opened = feed.open(lines, (batch) => {
    if (follower.quick) batches.push(texts(batch));
    return follower.quick;
  });
  return Object.assign(follower, { next: () => texts(opened.snapshot()), close: () => opened.close() });
}

function print(feed: LineFeed, from: number, to: number): void {
  for (let line = from; line <= to; line += 1)
    feed.add({ app: 'api', stream: 'out', text: `${line}`, at: 0, slot: 0, generation: 1 });
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the last lines first, then new ones in batches', () => {
  const feed = new LineFeed();
  print(feed, 1, 50);
  const follower = follow(feed, 3);
  expect(follower.next()).toEqual(['48', '49', '50']);
  print(feed, 51, 52);
  vi.advanceTimersByTime(50);
  print(feed, 53, 53);
  expect(follower.batches).toEqual([]);
  vi.advanceTimersByTime(50);
  expect(follower.batches).toEqual([['51', '52', '53']]);
  print(feed, 54, 1_053);
  vi.advanceTimersByTime(100);
  expect(follower.batches[1]).toEqual(range(854, 1_053));
});

test('no timer runs while nobody follows, or nothing is printed', () => {
  const feed = new LineFeed();
  print(feed, 1, 5);
  expect(vi.getTimerCount()).toBe(0);
  const follower = follow(feed, 0);
  expect(follower.next()).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  print(feed, 6, 7);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(100);
  expect(vi.getTimerCount()).toBe(0);
  follower.close();
  print(feed, 8, 9);
  expect(vi.getTimerCount()).toBe(0);
  expect(follower.batches).toEqual([['6', '7']]);
});

test('each follower has its own place; a slow one gets the newest of what it missed', () => {
  const feed = new LineFeed();
  const [quick, slow] = [follow(feed, 1_000), follow(feed, 1_000)];
  expect([quick.next(), slow.next()]).toEqual([[], []]);
  slow.quick = false;
  print(feed, 1, 2);
  vi.advanceTimersByTime(100);
  print(feed, 3, 500);
  const late = follow(feed, 1);
  expect(late.next()).toEqual(['500']);
  vi.advanceTimersByTime(100);
  expect(quick.batches).toEqual([range(1, 2), range(301, 500)]);
  expect(late.batches).toEqual([]);
  expect(slow.next()).toEqual(range(301, 500));
  slow.quick = true;
  print(feed, 501, 501);
  vi.advanceTimersByTime(100);
  expect(slow.batches).toEqual([['501']]);
});

test('the lines of another master come before, and are counted anew', () => {
  const old = new LineFeed();
  print(old, 1, 5);
  const feed = new LineFeed();
  print(feed, 6, 7);
  feed.inherit(old.last(3));
  const follower = follow(feed, 100);
  expect(follower.next()).toEqual(range(3, 7));
  expect(feed.last(100).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
});
