import { describe, expect, test } from 'vitest';
import type { CanaryStatus } from '../../../daemon/protocol/model.ts';
import { canaryText, verdictText } from '../../../ui/paint/canary.ts';

const NOW = 1_000_000;

const canary: CanaryStatus = {
  workers: 1,
  percent: 25,
  until: NOW + 48_300,
  old: { requests: 1240, errors: 1, latency: 11.2 },
  fresh: { requests: 412, errors: 0, latency: 12 },
  verdict: null,
  reason: null,
};

describe('how a canary gets on', () => {
  test.each<[string, Partial<CanaryStatus>, number | undefined, string]>([
    [
      'in full',
      {},
      4,
      '1 of 4 workers, 25% of new connections; new 412 requests, 0 errors, p95 12ms; old 1,240 requests, 1 error, p95 11ms; 48s left',
    ],
    [
      'without the number of workers of the app',
      { percent: 12.4 },
      undefined,
      '1 worker, 12% of new connections; new 412 requests, 0 errors, p95 12ms; old 1,240 requests, 1 error, p95 11ms; 48s left',
    ],
    [
      'before its workers serve',
      {
        workers: 0,
        percent: 0,
        until: null,
        old: { requests: 0, errors: 0, latency: null },
        fresh: { requests: 0, errors: 0, latency: null },
      },
      4,
      '0 of 4 workers, 0% of new connections; new 0 requests; old 0 requests; its workers start',
    ],
    [
      'of a small part, and of requests that have not been measured',
      { percent: 0.5, fresh: { requests: 1, errors: 1, latency: null } },
      200,
      '1 of 200 workers, 0.5% of new connections; new 1 request, 1 error; old 1,240 requests, 1 error, p95 11ms; 48s left',
    ],
    [
      'when its time is over',
      { until: NOW - 200 },
      4,
      '1 of 4 workers, 25% of new connections; new 412 requests, 0 errors, p95 12ms; old 1,240 requests, 1 error, p95 11ms; the verdict is due',
    ],
    [
      'with a verdict no time is left',
      { verdict: 'pass', reason: 'all is well' },
      4,
      '1 of 4 workers, 25% of new connections; new 412 requests, 0 errors, p95 12ms; old 1,240 requests, 1 error, p95 11ms',
    ],
  ])('%s', (_, change, wanted, text) => {
    expect(canaryText({ ...canary, ...change }, NOW, wanted)).toBe(text);
  });
});

describe('the verdict', () => {
  test.each<[Pick<CanaryStatus, 'verdict' | 'reason'>, string | null]>([
    [{ verdict: null, reason: null }, null],
    [{ verdict: 'pass', reason: null }, 'passed'],
    [{ verdict: 'fail', reason: '9 of 412 answers were errors.' }, 'failed: 9 of 412 answers were errors'],
    [{ verdict: 'inconclusive', reason: '3 of 100 requests' }, 'inconclusive: 3 of 100 requests'],
  ])('%o', (change, text) => {
    expect(verdictText({ ...canary, ...change })).toBe(text);
  });
});
