import { expect, test } from 'vitest';
import { History, type Sample } from '../../../daemon/metrics/history.ts';

const sample = (id: number, change: Partial<Sample> = {}): Sample => ({
  id,
  cpu: 10.4,
  memory: 1_000,
  connections: 3,
  requests: 0,
  lag: 2,
  latency: 7,
  ...change,
});

test('total: sums, for lag and latency the worst; cpu in whole percent of the sum', () => {
  const history = new History();
  history.add([sample(1), sample(2, { cpu: 0.3, lag: 40, latency: null })], 0);
  const { total } = history.series;
  expect(total).toEqual({ cpu: [11], memory: [2_000], connections: [6], requests: [0], lag: [40], latency: [7] });
});

test('requests are those of each second, in all also those of workers that have just ended', () => {
  const history = new History();
  history.add([sample(1, { requests: 5 }), sample(2, { requests: 100 })], 105);
  history.add([sample(1, { requests: 5 }), sample(2, { requests: 120 })], 125);
  history.add([sample(2, { requests: 121 }), sample(3, { requests: 4 })], 140);
  const { total, workers } = history.series;
  expect(total.requests).toEqual([105, 20, 15]);
  expect(workers.map(({ id, requests }) => [id, requests])).toEqual([
    [2, [100, 20, 1]],
    [3, [4]],
  ]);
});

test('what was not measured is null, and does not hide what was', () => {
  const nothing = { cpu: null, memory: null, connections: null, requests: null, lag: null, latency: null };
  const history = new History();
  history.add([], 0);
  history.add([sample(1, nothing)], 0);
  history.add([sample(1, nothing), sample(2)], 0);
  expect(history.series.total).toMatchObject({
    cpu: [null, null, 10],
    requests: [null, null, 0],
    lag: [null, null, 2],
  });
  expect(history.series.workers[0]).toMatchObject({ id: 1, cpu: [null, null], requests: [null, null] });
});

test('three minutes are kept, of the workers that are there; the total goes on across them', () => {
  const history = new History();
  for (let second = 1; second <= 500; second += 1) {
    const generation = Math.ceil(second / 100);
    history.add([sample(generation, { memory: second })], 0);
  }
  const { total, workers } = history.series;
  expect(total.memory).toEqual(Array.from({ length: 180 }, (_, index) => 321 + index));
  expect(workers.map(({ id, memory }) => [id, memory.length, memory.at(-1)])).toEqual([[5, 100, 500]]);
});

test('the past of another master comes before, and seconds in which both measured are added up', () => {
  const history = new History();
  history.add([sample(9, { requests: 4, lag: 1 })], 4);
  history.add([sample(9, { requests: 10, lag: 9 })], 10);
  const of = (...values: (number | null)[]) => values;
  history.inherit({
    cpu: of(1, 2, 3),
    memory: of(10, 10, 10),
    connections: of(7, 7, null),
    requests: of(100, 50, 20),
    lag: of(5, 5, 5),
    latency: of(null, null, 8),
  });
  expect(history.series.total).toEqual({
    cpu: [1, 12, 13],
    memory: [10, 1_010, 1_010],
    connections: [7, 10, 3],
    requests: [100, 54, 26],
    lag: [5, 5, 9],
    latency: [null, 7, 8],
  });
  history.add([sample(9, { requests: 11 })], 11);
  expect(history.series.total.requests).toEqual([100, 54, 26, 1]);
});

test('of a longer past the newest is kept', () => {
  const history = new History();
  history.add([sample(1)], 0);
  const long = Array.from({ length: 180 }, (_, second) => second);
  history.inherit({ cpu: long, memory: long, connections: long, requests: long, lag: long, latency: long });
  history.add([sample(1)], 0);
  expect(history.series.total.memory).toHaveLength(180);
  expect(history.series.total.memory.slice(-3)).toEqual([178, 1_179, 1_000]);
});
