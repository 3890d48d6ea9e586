import { expect, test } from 'vitest';
import type { AppState, AppStatus } from '../../../daemon/protocol/model.ts';
import { appLabel } from '../../../ui/paint/label.ts';
import { lacksWorkers, problemOf } from '../../../ui/paint/problem.ts';
import { CANARY } from '../rollout-scenes.ts';
import { NOW, sampleApp, sampleOperation } from '../../cli/sample-apps.ts';

const FAILED = sampleOperation({ phase: 'failed', failure: { slot: 0, reason: 'exit code 1.', lines: [] } });
const RUNNING = sampleOperation({ op: 'op-2', phase: 'running', endedAt: null, receipt: null });

test.each<[string, Partial<AppStatus>, string | null]>([
  ['all is well', {}, null],
  ['stopped, as it was asked to be', { state: 'stopped', up: 0 }, null],
  ['a worker is missing', { up: 3 }, 'api has 3 of 4 workers: no reason is known'],
  [
    'a worker is missing and comes back',
    { up: 3, retryAt: NOW + 4_001, reason: 'slot 3 died.' },
    'api has 3 of 4 workers: slot 3 died; next try in 5s',
  ],
  ['it is being replaced', { up: 3, operations: [RUNNING] }, null],
  [
    'a backoff',
    { state: 'backoff', up: 0, reason: 'x', retryAt: NOW + 8_000 },
    'api is waiting to start again: x; next try in 8s',
  ],
  [
    'the next try is due',
    { state: 'backoff', up: 0, reason: 'x', retryAt: NOW },
    'api is waiting to start again: x; next try now',
  ],
  ['errored', { state: 'errored', up: 0, reason: '16 quick deaths' }, 'api is errored: 16 quick deaths'],
  ['the last operation failed', { operations: [FAILED] }, 'api: the last reload failed: exit code 1'],
  [
    'a canary that waits for a person',
    { operations: [{ ...RUNNING, canary: { ...CANARY, verdict: 'inconclusive', reason: '31 of 100 requests.' } }] },
    'api: the canary is inconclusive: 31 of 100 requests',
  ],
  ['a canary', { operations: [{ ...RUNNING, canary: CANARY }] }, null],
  ['one was dropped before its turn', { operations: [{ ...FAILED, to: 0, slots: [] }] }, null],
  ['it failed, but another one runs', { operations: [FAILED, RUNNING] }, null],
])('%s', (_, fields, text) => {
  expect(problemOf(sampleApp('api', fields), NOW)?.text ?? null).toBe(text);
});

test.each<[AppState, number, boolean]>([
  ['online', 4, false],
  ['online', 3, true],
  ['starting', 0, true],
  ['backoff', 4, true],
  ['errored', 0, true],
  ['unreachable', 4, true],
  ['stopping', 2, false],
  ['stopped', 0, false],
])('%s with %i of 4 workers lacks some: %s', (state, up, lacks) => {
  expect(lacksWorkers(sampleApp('api', { state, up }))).toBe(lacks);
});

test('a state is one glyph and a word; a backoff counts down, a paused rollout says so', () => {
  const backoff = sampleApp('api', { state: 'backoff', retryAt: NOW + 7_400 });
  expect(appLabel(backoff).text).toBe('▲ backoff');
  expect(appLabel(backoff, NOW).text).toBe('▲ backoff 8s');
  expect(appLabel(sampleApp('api', { operations: [{ ...RUNNING, paused: true }] })).text).toBe('⟳ paused');
});
