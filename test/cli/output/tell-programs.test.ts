import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rolloutEvents, tellPrograms } from '../../../cli/output/tell-programs.ts';
import type { OperationStatus } from '../../../daemon/protocol/model.ts';
import { NOW, sampleApp, sampleOperation } from '../sample-apps.ts';
import { dropped, keepingOutlet, queued, running, sampleCanary } from './telling.ts';

const BEGUN = {
  type: 'begun',
  at: NOW - 60_000,
  app: 'api',
  op: 'op-1',
  kind: 'reload',
  by: null,
  strategy: 'rolling',
  from: 16,
  to: 17,
  slots: 1,
};
const STEP = { at: NOW - 1_000, slot: 0, text: 'ready, pid 2' };

describe('what happened between two looks', () => {
  test.each<[string, OperationStatus | undefined, OperationStatus, readonly object[]]>([
    [
      'it waits',
      undefined,
      queued(),
      [{ type: 'queued', at: NOW - 60_000, app: 'api', op: 'op-2', kind: 'reload', by: null }],
    ],
    ['it waits on', queued(), queued(), []],
    ['it begins', queued({ op: 'op-1' }), running(), [BEGUN]],
    [
      'it has begun before the first look',
      undefined,
      running({ steps: [STEP] }),
      [BEGUN, { type: 'step', app: 'api', op: 'op-1', ...STEP }],
    ],
    [
      'a step',
      running({ steps: [STEP] }),
      running({ steps: [STEP, { ...STEP, slot: null }] }),
      [{ type: 'step', app: 'api', op: 'op-1', ...STEP, slot: null }],
    ],
    ['it is paused', running(), running({ paused: true }), [{ type: 'paused', at: NOW, app: 'api', op: 'op-1' }]],
    ['it goes on', running({ paused: true }), running(), [{ type: 'resumed', at: NOW, app: 'api', op: 'op-1' }]],
    [
      'it goes back',
      running(),
      running({ returning: 'it throws' }),
      [{ type: 'returning', at: NOW, app: 'api', op: 'op-1', to: 16, reason: 'it throws' }],
    ],
    [
      'the figures of a canary',
      running(),
      running({ canary: sampleCanary() }),
      [{ type: 'canary', at: NOW, app: 'api', op: 'op-1', ...sampleCanary() }],
    ],
    ['the same figures', running({ canary: sampleCanary() }), running({ canary: sampleCanary() }), []],
    ['it was dropped before its turn came', queued(), dropped(), []],
    ['it ends while it is paused', running({ paused: true }), sampleOperation(), []],
  ])('%s', (_, previous, operation, events) => {
    expect(rolloutEvents('api', previous, operation, NOW)).toEqual(events);
  });
});

describe('a program is told', () => {
  const tell = (act: (teller: ReturnType<typeof tellPrograms>) => void): unknown[] => {
    const outlet = keepingOutlet();
    act(tellPrograms(outlet, () => NOW));
    return outlet.told.map((line) => JSON.parse(line) as unknown);
  };
  const app = sampleApp('api');

  test('how it ended', () => {
    const failure = { slot: 1, reason: 'it throws', lines: ['Error'] };
    const failed = sampleOperation({ phase: 'failed', receipt: null, failure, note: 'a note' });
    const { receipt } = sampleOperation();
    const both = { at: NOW - 57_900, app: 'api', op: 'op-1', kind: 'reload', by: null, from: 16, to: 17, took: 2_100 };
    expect(
      tell((teller) => {
        teller.ended(app, sampleOperation());
        teller.ended(app, failed);
      }),
    ).toEqual([
      { type: 'done', ...both, receipt, failure: null, note: null },
      { type: 'failed', ...both, receipt: null, failure, note: 'a note' },
    ]);
  });

  test('that it was accepted, that there was nothing to do, that it is gone, and that nobody knows', () => {
    const ends = { at: NOW, app: 'api', receipt: null, failure: null, note: null };
    const failure = { slot: null, reason: 'nobody knows how the reload ended', lines: [] };
    expect(
      tell((teller) => {
        teller.accepted({ name: 'api', op: 'op-1', kind: 'reload' });
        teller.idle({ name: 'api', op: null, kind: 'stop' });
        teller.gone({ name: 'api', op: 'op-1', kind: 'delete' });
        teller.lost({ name: 'api', op: 'op-1', kind: 'reload' });
      }),
    ).toEqual([
      { type: 'accepted', at: NOW, app: 'api', op: 'op-1', kind: 'reload' },
      { type: 'done', ...ends, op: null, kind: 'stop', note: 'is stopped already' },
      { type: 'done', ...ends, op: 'op-1', kind: 'delete' },
      { type: 'failed', ...ends, op: 'op-1', kind: 'reload', failure },
    ]);
  });

  test('in words that the documentation has', () => {
    const docs = readFileSync(new URL('../../../docs/rollout-events.md', import.meta.url), 'utf8');
    const types = [
      'accepted',
      'queued',
      'begun',
      'step',
      'canary',
      'paused',
      'resumed',
      'returning',
      'done',
      'failed',
      'proof',
    ];
    expect(types.filter((type) => !docs.includes(`| \`${type}\` |`))).toEqual([]);
  });
});
