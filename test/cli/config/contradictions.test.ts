import { describe, expect, test } from 'vitest';
import { validateApp } from '../../../cli/config/validate.ts';

const problemsIn = (raw: object): readonly string[] => validateApp({ script: 'a.js', ...raw }).problems;

describe('what cannot both be meant is refused', () => {
  test.each<[object, string]>([
    [
      { sticky: 'ip', balance: 'kernel' },
      'sticky "ip" and balance "kernel" exclude each other: the kernel spreads connections as it likes',
    ],
    [
      { strategy: 'blue-green', canary: {} },
      'canary is for strategy "canary", and strategy is "blue-green": leave one of the two out',
    ],
    [
      { canary: { percent: 10 }, balance: 'kernel' },
      'canary.percent and balance "kernel" exclude each other: the kernel spreads connections as it likes. Use canary.instances',
    ],
    [
      { canary: { percent: 10 }, sticky: 'ip' },
      'canary.percent and sticky "ip" exclude each other: the address of a client chooses its worker. Use canary.instances',
    ],
    [
      { progress_deadline: '5s' },
      'progress_deadline (5s) is shorter than listen_timeout (10s): no slot could use its time',
    ],
    [
      { ready_timeout: '11m' },
      'progress_deadline (10m) is shorter than listen_timeout (11m): no slot could use its time',
    ],
    [
      { health: { path: '/', successes: 6, interval: '2s' } },
      'health.successes times health.interval take 10s or more, and listen_timeout is 10s: no worker could be ready',
    ],
  ])('%j', (raw, problem) => expect(problemsIn(raw)).toEqual([problem]));

  test('together', () =>
    expect(
      problemsIn({
        strategy: 'rolling',
        canary: { percent: 1 },
        sticky: 'ip',
        balance: 'kernel',
        progress_deadline: 1,
      }),
    ).toHaveLength(5));

  test('not beside a field that is wrong by itself', () =>
    expect(problemsIn({ listen_timeout: 'soon', progress_deadline: '5s' })).toEqual([
      'listen_timeout: expected a duration such as 500 (ms), "10s" or "2m", got "soon"',
    ]));
});

test.each([
  { canary: { instances: 2 }, balance: 'kernel' },
  { canary: {}, sticky: 'ip' },
  { canary: { percent: 10 }, strategy: 'canary' },
  { progress_deadline: 0, min_ready: '1h' },
  { progress_deadline: 0, canary: { bake: '1h' } },
  { progress_deadline: '10s' },
  { progress_deadline: '2h', canary: { bake: '1h' } },
  { health: { path: '/', successes: 1, interval: '1h' } },
  { surge: 100, instances: 2 },
])('%j is fine', (raw) => expect(problemsIn(raw)).toEqual([]));

test('ready_timeout is listen_timeout', () => {
  expect(validateApp({ script: 'a.js', ready_timeout: '20s' }).app.listen_timeout).toBe(20_000);
  expect(validateApp({ script: 'a.js', readyTimeout: '20s' }).app.listen_timeout).toBe(20_000);
  expect(problemsIn({ ready_timeout: 1, listen_timeout: 1 })).toEqual([
    '"ready_timeout" and "listen_timeout" are the same field: keep one',
  ]);
});
