import { describe, expect, test } from 'vitest';
import { CANARY_DEFAULTS, HEALTH_DEFAULTS } from '../../../daemon/protocol/defaults.ts';
import type { AppSpec, CanaryPlan, Health } from '../../../daemon/protocol/model.ts';
import { canaryPlanText, healthText, strategyText } from '../../../ui/paint/strategy.ts';
import { sampleSpec } from '../../cli/sample-apps.ts';

test.each<[Partial<AppSpec>, string]>([
  [{}, 'rolling, 1 at a time'],
  [{ surge: { unit: 'percent', value: 25 } }, 'rolling, 25% at a time'],
  [{ strategy: 'blue-green' }, 'blue-green, the old ones stay warm for 30s'],
  [{ strategy: 'canary', canary: CANARY_DEFAULTS }, 'canary, 1 of 4 workers first'],
  [
    { strategy: 'canary', canary: { ...CANARY_DEFAULTS, share: { unit: 'percent', value: 10 } } },
    'canary, 10% of new connections first',
  ],
])('how it is replaced: %j', (fields, text) => {
  expect(strategyText(sampleSpec(fields))).toBe(text);
});

describe('a health check', () => {
  test.each<[Partial<Health>, string]>([
    [{}, 'GET /healthz every 1s, 200-399'],
    [{ status: { least: 204, most: 204 } }, 'GET /healthz every 1s, 204'],
    [
      { port: '3001', timeout: 500, interval: 5_000, successes: 2, failures: 1, headers: { host: 'x' } },
      'GET /healthz every 5s, 200-399, at 3001, within 0.5s, 2 in a row, replaced after 1 failure, with 1 header',
    ],
  ])('%j', (fields, text) => {
    expect(healthText({ ...HEALTH_DEFAULTS, path: '/healthz', ...fields })).toBe(text);
  });
});

describe('a canary', () => {
  test.each<[Partial<CanaryPlan>, string]>([
    [{}, '1 of 4 workers for 1m; fails above 1% errors or 2x p95; 100 requests at least'],
    [
      { maxErrorRate: 0.005, maxLatencyRatio: null, minRequests: 0, bake: 10_000 },
      '1 of 4 workers for 10s; fails above 0.5% errors',
    ],
  ])('%j', (fields, text) => {
    expect(canaryPlanText({ ...CANARY_DEFAULTS, ...fields }, 4)).toBe(text);
  });
});
