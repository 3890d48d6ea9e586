import { expect, test } from 'vitest';
import type { AppFigures } from '../../daemon/protocol/model.ts';
import { historyOf, withoutApp, withSecond } from '../../ui/state/history.ts';
import type { History } from '../../ui/state/state.ts';
import { NOW } from './samples.ts';

const counted = new Map([
  [1, 100],
  [2, 50],
]);
const empty = { cpu: [], memory: [], connections: [], requests: [], lag: [], latency: [] };
const before: History = new Map([['api', { name: 'api', at: NOW - 1000, counted, total: empty, workers: [] }]]);
const figures = (changes: Partial<AppFigures['workers'][number]>): AppFigures => ({
  name: 'api',
  at: NOW,
  waiting: 0,
  workers: [
    { id: 1, cpu: 30, memory: 100, connections: 2, requests: 110, lag: 3, latency: 12, ...changes },
    { id: 2, cpu: 12, memory: 200, connections: 3, requests: 55, lag: 9, latency: null },
  ],
});

test('a second is added up over the workers; of lag and latency the worst counts', () => {
  const history = withSecond(before, [figures({})]);
  expect(history.get('api')).toEqual({
    name: 'api',
    at: NOW,
    counted: new Map([
      [1, 110],
      [2, 55],
    ]),
    total: { cpu: [42], memory: [300], connections: [5], requests: [15], lag: [9], latency: [12] },
    workers: [
      { id: 1, cpu: [30], memory: [100], connections: [2], requests: [10], lag: [3], latency: [12] },
      { id: 2, cpu: [12], memory: [200], connections: [3], requests: [5], lag: [9], latency: [null] },
    ],
  });
});

test('what was not measured stays unknown', () => {
  const unknown = { cpu: null, memory: null, lag: null, latency: null };
  const fresh: AppFigures = { ...figures({}), workers: [{ id: 9, connections: 0, requests: 7, ...unknown }] };
  const total = { cpu: [null], memory: [null], connections: [0], lag: [null], latency: [null] };
  // All that a new worker has answered is of this second; of a worker that was there before us nobody knows.
  expect(withSecond(before, [fresh]).get('api')?.total).toEqual({ ...total, requests: [7] });
  expect(withSecond(new Map(), [fresh]).get('api')?.total).toEqual({ ...total, requests: [0] });
});

test('goes on from what the daemon had, keeps three minutes, and only the workers that live', () => {
  let history = historyOf([withSecond(before, [figures({})]).get('api')!], before);
  for (let second = 1; second <= 200; second += 1) history = withSecond(history, [figures({ cpu: second })]);
  const own = history.get('api')!;
  expect(own.total.cpu).toHaveLength(180);
  expect(own.total.cpu.at(-1)).toBe(212);
  const left = { ...figures({}), workers: figures({}).workers.slice(1) };
  history = withSecond(history, [left]);
  expect(history.get('api')?.workers.map(({ id }) => id)).toEqual([2]);
  expect(history.get('api')?.total.cpu.slice(-2)).toEqual([212, 12]);
  expect(withoutApp(history, 'api').size).toBe(0);
});

test('a hole in time is no second: what came before it is another story', () => {
  const busy = withSecond(before, [figures({})]);
  const away = { ...figures({ requests: 9000 }), at: NOW + 60_000 };
  expect(withSecond(busy, [away]).get('api')?.total).toMatchObject({ cpu: [42], requests: [0] });
  // The daemon tells what it has; the requests of the time in which nobody saw it are of no one second.
  const told = historyOf([{ ...busy.get('api')!, at: NOW + 59_500 }], busy);
  expect(withSecond(told, [away]).get('api')?.total.requests).toEqual([15, 0]);
});
