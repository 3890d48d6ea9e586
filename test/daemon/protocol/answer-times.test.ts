import { expect, test } from 'vitest';
import {
  bucketOf,
  BUCKETS,
  countsOfBoth,
  countsSince,
  NO_ANSWERS,
  quantile,
  updated,
  type AnswerCounts,
} from '../../../daemon/protocol/answer-times.ts';
import { Answers } from '../../../daemon/worker/answers.ts';
import { randomFrom } from '../../helpers/random.mjs';

const HOUR = 3_600_000;

function counts(...times: readonly number[]): AnswerCounts {
  const all = [...NO_ANSWERS.times];
  for (const ms of times) all[bucketOf(ms)]! += 1;
  return { requests: times.length, errors: 0, times: all };
}

test.each([
  [0, 0],
  [0.3, 0],
  [1, 0],
  [1.01, 1],
  [1.2, 1],
  [1.21, 2],
  [HOUR, BUCKETS - 1],
  [10 * HOUR, BUCKETS - 1],
  [Infinity, BUCKETS - 1],
  [NaN, 0],
])('%d ms is in bucket %d', (ms, bucket) => {
  expect(bucketOf(ms)).toBe(bucket);
});

test.each<[string, number[], number, number | null]>([
  ['nothing', [], 0.95, null],
  ['one', [100], 0.95, 100],
  ['what is quicker than a millisecond', [0.1, 0.2, 0.9], 0.95, 1],
  ['95 of 100', [...Array.from({ length: 95 }, () => 10), ...Array.from({ length: 5 }, () => 1_000)], 0.95, 10],
  ['94 of 100', [...Array.from({ length: 94 }, () => 10), ...Array.from({ length: 6 }, () => 1_000)], 0.95, 1_000],
  ['the least', [10, 20, 30], 0, 10],
  ['the most', [10, 20, 3_000], 1, 3_000],
])('the quantile of %s', (_, times, share, expected) => {
  const found = quantile(counts(...times).times, share);
  if (expected === null) expect(found).toBe(null);
  else expect(Math.abs(found! - expected) / expected).toBeLessThan(0.1);
});

test('any time is known to ten percent, and quantiles are those of the times themselves', () => {
  const random = randomFrom(7);
  for (let round = 0; round < 300; round += 1) {
    const times = Array.from({ length: 1 + Math.floor(random() * 200) }, () => Math.exp(random() * Math.log(HOUR)));
    const share = random();
    const sorted = times.toSorted((one, other) => one - other);
    const exact = sorted[Math.max(1, Math.ceil(times.length * share)) - 1]!;
    const found = quantile(counts(...times).times, share)!;
    expect(Math.abs(found - exact) / exact, `${exact} in round ${round}`).toBeLessThan(0.1);
  }
});

test('counts can be taken apart and put together, and are told in parts', () => {
  const random = randomFrom(11);
  const [answers, mirror] = [new Answers(), { now: NO_ANSWERS }];
  let before = NO_ANSWERS;
  const parts: AnswerCounts[] = [];
  const all: number[] = [];
  let errors = 0;
  for (let second = 0; second < 50; second += 1) {
    const count = Math.floor(random() * 5);
    for (let at = 0; at < count; at += 1) {
      const ms = Math.exp(random() * 10);
      const status = random() < 0.2 ? 503 : 200;
      errors += status === 503 ? 1 : 0;
      answers.add(status, ms);
      all.push(ms);
    }
    const news = answers.news();
    expect(news === undefined).toBe(count === 0);
    if (news) mirror.now = updated(mirror.now, JSON.parse(JSON.stringify(news)) as typeof news);
    parts.push(countsSince(mirror.now, before));
    before = mirror.now;
  }
  const whole = { ...counts(...all), errors };
  expect(mirror.now).toEqual(whole);
  expect(parts.reduce(countsOfBoth, NO_ANSWERS)).toEqual(whole);
});

test('an event stream is an answer without a time; what never was is not told', () => {
  const answers = new Answers();
  expect(answers.news()).toBe(undefined);
  answers.add(200, null);
  answers.add(500, 3);
  answers.add(499, 3);
  expect(answers.news()).toEqual({ requests: 3, errors: 1, times: [[bucketOf(3), 2]] });
  expect(answers.news()).toBe(undefined);
});
