import { describe, expect, test } from 'vitest';
import { canaryNews, type CanaryTold, tellPeople } from '../../../cli/output/tell-people.ts';
import type { CanaryStatus } from '../../../daemon/protocol/model.ts';
import { NOW, sampleApp, sampleOperation } from '../sample-apps.ts';
import { dropped, keepingOutlet, queued, running, sampleCanary } from './telling.ts';

const FIGURES =
  'canary: 1 of 4 workers, 25% of new connections; new 412 requests, 0 errors, p95 12ms; old 1,240 requests, 1 error, p95 11ms; 30s left';

describe('a canary is told of', () => {
  const before = (ms: number, verdict: CanaryTold['verdict'] = null): CanaryTold => ({ at: NOW - ms, verdict });
  test.each<[string, CanaryTold | undefined, Partial<CanaryStatus>, string | null]>([
    ['not while its workers start', undefined, { until: null }, null],
    ['when its time begins', undefined, {}, FIGURES],
    ['not each second', before(9_000), {}, null],
    ['after ten', before(10_000), {}, FIGURES],
    [
      'at once when there is a verdict',
      before(500),
      { verdict: 'pass', reason: 'all is well' },
      'canary passed: all is well',
    ],
    ['once', before(60_000, 'pass'), { verdict: 'pass', reason: 'all is well' }, null],
    [
      'when the verdict is another',
      before(500, 'inconclusive'),
      { verdict: 'fail', reason: '9 of 412 answers were errors' },
      'canary failed: 9 of 412 answers were errors',
    ],
  ])('%s', (_, told, change, news) => {
    expect(canaryNews(told, sampleCanary(change), NOW, 4)).toBe(news);
  });
});

describe('a person is told', () => {
  const app = sampleApp('api');
  const tell = (how: { steps: boolean; several: boolean }) => {
    const outlet = keepingOutlet();
    return { told: outlet.told, teller: tellPeople(outlet, how, () => NOW - 57_000) };
  };

  test('of a canary between the steps, with the time since the beginning', () => {
    const { told, teller } = tell({ steps: true, several: false });
    const before = running();
    const steps = [{ at: NOW - 58_000, slot: 0, text: 'ready, pid 2' }];
    const after = running({ steps, canary: sampleCanary({ until: NOW - 27_000 }) });
    teller.changed(app, before, after);
    teller.changed(app, after, after);
    expect(told).toEqual(['  2.0s  slot 0  ready, pid 2', `  3.0s  ${FIGURES}`]);
  });

  test('once that it goes back, and why', () => {
    const { told, teller } = tell({ steps: true, several: true });
    const returning = running({ returning: 'exit code 1 before it listened.' });
    teller.changed(app, running(), returning);
    teller.changed(app, returning, returning);
    expect(told).toEqual(['api    3.0s  going back to generation 16: exit code 1 before it listened']);
  });

  test('that it goes back before what follows from it', () => {
    const { told, teller } = tell({ steps: true, several: false });
    const steps = [{ at: NOW - 58_000, slot: 0, text: 'starting generation 16' }];
    teller.changed(app, running(), running({ steps, returning: 'it throws' }));
    expect(told).toEqual(['  2.0s  going back to generation 16: it throws', '  2.0s  slot 0  starting generation 16']);
  });

  test('without steps of nothing but what is at stake', () => {
    const { told, teller } = tell({ steps: false, several: false });
    teller.changed(
      app,
      undefined,
      running({ steps: [{ at: NOW, slot: 0, text: 'starting' }], returning: 'it throws' }),
    );
    expect(told).toEqual(['api    3.0s  going back to generation 16: it throws']);
  });

  test('what it waits for, and that a newer one took its place', () => {
    const { told, teller } = tell({ steps: true, several: false });
    const waiting = sampleApp('api', { operations: [running({ kind: 'rehearse' }), queued()] });
    teller.changed(waiting, undefined, queued());
    teller.changed(app, queued(), dropped());
    teller.ended(app, dropped());
    expect(told).toEqual([
      'api: waiting for the dry run that runs',
      '!api: this reload was dropped: a newer reload took its place',
      '!  Serving now: 4 of 4 workers, generation 17. See: zdm describe api',
    ]);
  });

  test('how a dry run and a rollback ended', () => {
    const { told, teller } = tell({ steps: true, several: false });
    teller.ended(app, sampleOperation({ kind: 'rehearse', from: 17, receipt: null, endedAt: NOW - 59_200 }));
    teller.ended(app, sampleOperation({ kind: 'rollback' }));
    const failure = { slot: 0, reason: 'exit code 1 before it listened', lines: ['Error: no database'] };
    teller.ended(app, sampleOperation({ kind: 'rehearse', phase: 'failed', receipt: null, failure }));
    expect(told).toEqual([
      'api: tried in 0.8s: the new code starts, nothing was changed',
      'api: rolled back 4/4 in 2.1s: 0 cut, 64 connections moved, 3 draining; 1,204 requests by the old code, 310 by the new',
      '!api: dry run failed after 2.1s: exit code 1 before it listened',
      '!    Error: no database',
      '!  Serving now: 4 of 4 workers, generation 17. See: zdm logs api --err',
    ]);
  });

  test('that there was nothing to do, that it is gone, and that nobody knows', () => {
    const { told, teller } = tell({ steps: false, several: false });
    teller.idle({ name: 'api', op: null, kind: 'stop' });
    teller.gone({ name: 'api', op: 'op-1', kind: 'stop' });
    teller.gone({ name: 'api', op: 'op-1', kind: 'delete' });
    teller.lost({ name: 'api', op: 'op-1', kind: 'reload' });
    expect(told).toEqual([
      'api: is stopped already',
      'api: stopped',
      'api: deleted',
      '!api: nobody knows how the reload ended.',
      '!See: zdm list',
    ]);
  });
});
