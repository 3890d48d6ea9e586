// When workers are asked, and what is made of their answers. Who answers is in the test's hand; time is not real.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HealthWatch, type Watched } from '../../../daemon/master/health-watch.ts';
import { isProbed } from '../../../daemon/rollout/policy.ts';
import type { Answer, probe } from '../../../daemon/master/probe.ts';
import { HEALTH_DEFAULTS } from '../../../daemon/protocol/defaults.ts';
import type { Health } from '../../../daemon/protocol/spec.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const HEALTH: Health = { ...HEALTH_DEFAULTS, path: '/up' };

interface Asked {
  readonly path: string;
  readonly key: string;
  readonly timeout: number;
  readonly at: number;
  answer(status: number | string | null): Promise<void>;
}

/** A watch whose questions the test answers: with a status, a failure, or (null) that it could not be asked. */
function stage(): { watch: HealthWatch; asked: Asked[]; told: string[] } {
  const [asked, told]: [Asked[], string[]] = [[], []];
  const from = performance.now();
  const ask: typeof probe = (_, key, { path, timeout }, signal) =>
    new Promise<Answer>((resolve) => {
      const answer = async (status: number | string | null): Promise<void> => {
        if (typeof status === 'number') resolve({ ok: true, status });
        else resolve({ ok: false, why: status ?? 'no room', unasked: status === null });
        await vi.advanceTimersByTimeAsync(0);
      };
      signal?.addEventListener('abort', () => void answer(null));
      asked.push({ path, key, timeout, at: performance.now() - from, answer });
    });
  const events = {
    checked: (worker: number, healthy: boolean, why: string | null) => void told.push(`${worker} ${healthy} ${why}`),
    failed: (worker: number, why: string) => void told.push(`${worker} failed: ${why}`),
  };
  return { watch: new HealthWatch(events, ask), asked, told };
}

function worker(change: Partial<Watched> = {}): Watched {
  const silent = { isLinked: true, owesAnswer: false, serverAt: () => null, send: () => undefined };
  return { id: 7, admitted: false, listening: [':3000:0'], ...silent, ...change };
}

const spec = (health: Partial<Health> | null, ...warmup: string[]): Parameters<HealthWatch['listening']>[1] => ({
  health: health && { ...HEALTH, ...health },
  warmup,
});

test('a new worker is asked at once, then every interval, until it is healthy; then it is warmed up', async () => {
  const { watch, asked, told } = stage();
  watch.listening(worker(), spec({ successes: 2 }, '/a', '/b'));
  watch.listening(worker(), spec({ successes: 2 }, '/a', '/b'));
  expect(asked).toHaveLength(1);
  await asked[0]!.answer(500);
  expect(told).toEqual(['7 false GET /up answered 500']);
  await vi.advanceTimersByTimeAsync(999);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  await asked[1]!.answer(200);
  await vi.advanceTimersByTimeAsync(1_000);
  await asked[2]!.answer('GET /up: connection reset');
  await vi.advanceTimersByTimeAsync(1_000);
  await asked[3]!.answer(200);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual(['7 false GET /up answered 500', '7 false GET /up: connection reset']);
  await asked[4]!.answer(204);
  expect(asked.slice(5).map(({ path }) => path)).toEqual(['/a']);
  await asked[5]!.answer('GET /a did not answer within 2s');
  await asked[6]!.answer(500);
  expect(asked.map(({ path, timeout }) => `${path} ${timeout}`).slice(4)).toEqual(['/up 2000', '/a 2000', '/b 2000']);
  expect(told.slice(2)).toEqual(['7 true null']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(7);
});

test('one question at a time: a slow answer takes of the pause after it', async () => {
  const { watch, asked } = stage();
  watch.listening(worker(), spec({}));
  await vi.advanceTimersByTimeAsync(700);
  await asked[0]!.answer(500);
  await vi.advanceTimersByTimeAsync(300);
  expect(asked.map(({ at }) => at)).toEqual([0, 1_000]);
  await vi.advanceTimersByTimeAsync(5_000);
  await asked[1]!.answer(500);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.map(({ at }) => at)).toEqual([0, 1_000, 6_000]);
});

test('a serving worker fails after so many bad answers in a row, and again after as many', async () => {
  const { watch, asked, told } = stage();
  const one = worker();
  watch.listening(one, spec({ failures: 2 }));
  await asked[0]!.answer(200);
  watch.admitted(one);
  expect(asked).toHaveLength(1);
  const answers = [500, 200, 500, null, 503, 500, 'GET /up: connection reset', 200];
  for (const [at, answer] of answers.entries()) {
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveLength(at + 2);
    await asked[at + 1]!.answer(answer);
  }
  expect(told).toEqual(['7 true null', '7 failed: GET /up answered 503', '7 failed: GET /up: connection reset']);
});

test('a dismissed worker is not asked, and is again when it is taken back', async () => {
  const { watch, asked, told } = stage();
  const one = worker();
  watch.listening(one, spec({ failures: 1 }));
  await asked[0]!.answer(200);
  watch.admitted(one);
  await vi.advanceTimersByTimeAsync(1_000);
  watch.dismissed(one);
  await asked[1]!.answer(500);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([asked.length, told.slice(1), vi.getTimerCount()]).toEqual([2, [], 0]);
  watch.admitted(one);
  await vi.advanceTimersByTimeAsync(1_000);
  await asked[2]!.answer(500);
  expect(told.slice(1)).toEqual(['7 failed: GET /up answered 500']);
  watch.gone(one);
  watch.admitted(one);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([asked.length, vi.getTimerCount()]).toEqual([3, 0]);
});

test.each([
  ['in the middle of a question', 0],
  ['in the pause after one', 500],
])('nothing is told of a worker that has gone %s', async (_, pause) => {
  const { watch, asked, told } = stage();
  const one = worker();
  watch.listening(one, spec({}, '/a'));
  if (pause > 0) await asked[0]!.answer(500);
  watch.gone(one);
  await asked[0]!.answer(200);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toHaveLength(1);
  expect(told).toHaveLength(pause > 0 ? 1 : 0);
  expect(vi.getTimerCount()).toBe(0);
});

test.each<[string, string | null, string[], string | null]>([
  ['the first place', null, ['udp::53', ':3000:0', ':3001:0'], ':3000:0'],
  ['the one that is named', '3001', [':3000:0', ':3001:0'], ':3001:0'],
  ['a socket', '/run/a.sock', [':3000:0', '/run/a.sock:-1:0'], '/run/a.sock:-1:0'],
  ['nowhere until that is there', '3002', [':3000:0', ':3001:0'], null],
  ['nowhere without one', null, ['udp::53'], null],
])('asks at %s', async (_, port, listening, key) => {
  const { watch, asked } = stage();
  watch.listening(worker({ listening }), spec({ port }));
  expect(asked.map((one) => one.key)).toEqual(key === null ? [] : [key]);
  watch.listening(worker({ listening: [...listening, ':3002:0'] }), spec({ port }));
  expect(asked).toHaveLength(1);
  watch.gone(worker());
});

test('without health checks a worker is only warmed up; without either nothing is asked', async () => {
  const { watch, asked, told } = stage();
  watch.listening(worker(), spec(null, '/a'));
  expect(told).toEqual([]);
  await asked[0]!.answer(404);
  expect(told).toEqual(['7 true null']);
  watch.admitted(worker());
  watch.listening(worker({ id: 8 }), spec(null));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked.length, told.length]).toEqual([1, 1]);
  expect([isProbed(spec(null)), isProbed(spec(null, '/a')), isProbed(spec({}))]).toEqual([false, true, true]);
});

test('one that listens only when it serves already is asked as a serving one', async () => {
  const { watch, asked, told } = stage();
  watch.listening(worker({ admitted: true }), spec({ failures: 1 }, '/a'));
  expect(asked).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1_000);
  await asked[0]!.answer(500);
  expect([asked[0]!.path, told]).toEqual(['/up', ['7 failed: GET /up answered 500']]);
  watch.gone(worker());
});

test('one that is admitted before it was healthy is not prepared any more', async () => {
  const { watch, asked, told } = stage();
  const one = worker();
  watch.listening(one, spec({}, '/a'));
  await asked[0]!.answer(500);
  watch.admitted(one);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(2);
  await asked[1]!.answer(200);
  expect([asked.length, told]).toEqual([2, ['7 false GET /up answered 500']]);
  watch.gone(one);
});
