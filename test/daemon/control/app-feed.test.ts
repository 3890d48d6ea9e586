import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AppFeed } from '../../../daemon/control/app-feed.ts';
import { stoppedStatus } from '../../../daemon/control/stopped-status.ts';
import type { Topics } from '../../../daemon/protocol/contract.ts';
import type { AppFigures, AppStatus } from '../../../daemon/protocol/model.ts';
import { sampleSpec } from '../sample-spec.ts';

type AppsEvent = Topics['apps']['event'];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const app = (name: string): AppStatus =>
  stoppedStatus({ id: 0, spec: sampleSpec({ name }), up: true, deleted: false }, null);
const figures = (name: string, at: number): AppFigures => ({ name, at, waiting: 0, workers: [] });

function follow(feed: AppFeed): { events: string[]; close(): void } {
  const events: string[] = [];
  const words = (event: AppsEvent): string => {
    if (event.type === 'app') return `app ${event.app.name}`;
    if (event.type === 'removed') return `removed ${event.name}`;
    return `figures ${event.figures.map(({ name, at }) => `${name}@${at}`).join(' ')}`;
  };
  const { close } = feed.open(
    () => [],
    (event) => events.push(words(event)),
  );
  return { events, close };
}

test('what happens is told at once, figures of all apps together once a second', () => {
  const feed = new AppFeed();
  const { events } = follow(feed);
  for (const at of [1, 2, 3]) for (const name of ['api', 'web']) feed.measured(figures(name, at));
  feed.changed(app('job'));
  expect(events).toEqual(['app job']);
  vi.advanceTimersByTime(999);
  expect(events).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(events).toEqual(['app job', 'figures api@3 web@3']);
  vi.advanceTimersByTime(5_000);
  expect(events).toHaveLength(2);
});

test('a graph has its second also when something happens in it; of what is gone nothing is told', () => {
  const feed = new AppFeed();
  const { events } = follow(feed);
  for (const name of ['api', 'web', 'job', 'old']) feed.measured(figures(name, 1));
  feed.changed({ ...app('api'), masterPid: 1 });
  // Its master has ended.
  feed.changed(app('old'));
  feed.removed('web');
  vi.advanceTimersByTime(1_000);
  expect(events).toEqual(['app api', 'app old', 'removed web', 'figures api@1 job@1']);
});

test('no timer runs and nothing is kept while nobody follows', () => {
  const feed = new AppFeed();
  feed.measured(figures('api', 1));
  expect(vi.getTimerCount()).toBe(0);
  const [one, two] = [follow(feed), follow(feed)];
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1_000);
  one.close();
  expect(vi.getTimerCount()).toBe(1);
  feed.measured(figures('api', 2));
  two.close();
  expect(vi.getTimerCount()).toBe(0);
  const three = follow(feed);
  vi.advanceTimersByTime(3_000);
  expect([one, two, three].map(({ events }) => events)).toEqual([[], [], []]);
});
