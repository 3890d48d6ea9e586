import { expect, test } from 'vitest';
import { readCanary } from '../../../cli/config/canary.ts';
import { problemsOf } from '../../../cli/config/reading.ts';
import { CANARY_DEFAULTS } from '../../../daemon/protocol/defaults.ts';

const PERCENT = 'expected a percentage above 0 and below 100 such as 10 or "10%"';
const RATE = 'expected a part from 0 to 1 such as 0.01, or a percentage such as "1%"';
const RATIO = 'expected a number, 1 or more, such as 1.5, or null for none';

test.each<[object, object]>([
  [{}, {}],
  [{ bake: null, max_error_rate: undefined }, {}],
  [{ instances: 2 }, { share: { unit: 'count', value: 2 } }],
  [{ instances: '2' }, { share: { unit: 'count', value: 2 } }],
  [{ percent: 10 }, { share: { unit: 'percent', value: 10 } }],
  [{ percent: '2.5%' }, { share: { unit: 'percent', value: 2.5 } }],
  [{ bake: '5m' }, { bake: 300_000 }],
  [{ max_error_rate: 0 }, { maxErrorRate: 0 }],
  [{ max_error_rate: 1 }, { maxErrorRate: 1 }],
  [{ max_error_rate: '0.7%' }, { maxErrorRate: 0.007 }],
  [{ maxErrorRate: '0.05' }, { maxErrorRate: 0.05 }],
  [{ max_latency_ratio: 1 }, { maxLatencyRatio: 1 }],
  [{ max_latency_ratio: 1.5 }, { maxLatencyRatio: 1.5 }],
  [{ max_latency_ratio: null }, { maxLatencyRatio: null }],
  [{ maxLatencyRatio: false }, { maxLatencyRatio: null }],
  [{ min_requests: 0 }, { minRequests: 0 }],
])('%j', (value, changes) => {
  expect(readCanary(value, 'canary')).toEqual({ value: { ...CANARY_DEFAULTS, ...changes } });
});

test.each<[unknown, string]>([
  [true, "canary: expected an object such as { percent: 10, bake: '5m' }, got true"],
  [10, "canary: expected an object such as { percent: 10, bake: '5m' }, got 10"],
  [{ instances: 1, percent: 10 }, 'canary.instances and canary.percent exclude each other: keep one'],
  [{ instances: 0 }, 'canary.instances: expected a number of workers, 1 or more, got 0'],
  [{ instances: '10%' }, 'canary.instances: expected a number of workers, 1 or more, got "10%"'],
  [{ percent: 0 }, `canary.percent: ${PERCENT}, got 0`],
  [{ percent: 100 }, `canary.percent: ${PERCENT}, got 100`],
  [{ percent: -5 }, `canary.percent: ${PERCENT}, got -5`],
  [{ percent: 'ten' }, `canary.percent: ${PERCENT}, got "ten"`],
  [{ bake: -1 }, 'canary.bake: expected a duration such as 500 (ms), "10s" or "2m", got -1'],
  [{ max_error_rate: 5 }, `canary.max_error_rate: ${RATE}, got 5`],
  [{ max_error_rate: '101%' }, `canary.max_error_rate: ${RATE}, got "101%"`],
  [{ maxErrorRate: -0.1 }, `canary.maxErrorRate: ${RATE}, got -0.1`],
  [{ max_latency_ratio: 0.9 }, `canary.max_latency_ratio: ${RATIO}, got 0.9`],
  [{ max_latency_ratio: '150%' }, `canary.max_latency_ratio: ${RATIO}, got "150%"`],
  [{ max_latency_ratio: true }, `canary.max_latency_ratio: ${RATIO}, got true`],
  [{ min_requests: -1 }, 'canary.min_requests: expected a number, 0 or more, got -1'],
  [{ max_error_rat: 0 }, 'unknown field "canary.max_error_rat". Did you mean "canary.max_error_rate"?'],
  [{ weight: 10 }, 'unknown field "canary.weight".'],
  [
    { max_error_rate: 0, maxErrorRate: 0 },
    '"canary.max_error_rate" and "canary.maxErrorRate" are the same field: keep one',
  ],
])('%j is refused', (value, problem) => {
  expect(problemsOf(readCanary(value, 'canary'), 'canary', value)).toEqual([problem]);
});
