import { expect, test } from 'vitest';
import { failureLines, progressLines, receiptLine, resultLines } from '../../../ui/paint/progress.ts';
import type { OperationKind, Receipt, RolloutStep } from '../../../daemon/protocol/model.ts';
import { NOW, sampleApp, sampleOperation, sampleReceipt, sampleWorker } from '../../cli/sample-apps.ts';
import { plainTheme } from '../samples.ts';

const theme = plainTheme();

test('only the steps that are new, with the time since the start', () => {
  const before = sampleOperation({ steps: [step(0, null, 'started')] });
  const after = {
    ...before,
    steps: [...before.steps, step(1_400, 0, 'ready\u001b[2J, pid 48211'), step(12_000, 1, 'draining')],
  };
  expect(progressLines(before, after, theme)).toEqual(['  1.4s  slot 0  ready, pid 48211', ' 12.0s  slot 1  draining']);
  expect(progressLines(after, after, theme)).toEqual([]);
  expect(progressLines(undefined, after, theme)).toHaveLength(3);
  expect(progressLines({ ...after, op: 'another' }, after, theme)).toHaveLength(3);
});

test.each<[OperationKind, Partial<Receipt>, string]>([
  [
    'reload',
    {},
    'api: reloaded 4/4 in 2.1s: 0 cut, 64 connections moved, 3 draining; 1,204 requests by the old code, 310 by the new',
  ],
  ['reload', { moved: 0, open: 0, requestsOld: 0, requestsNew: 0 }, 'api: reloaded 4/4 in 2.1s: 0 connections cut'],
  [
    'reload',
    { moved: 1, open: 0, requestsOld: 0, requestsNew: 1 },
    'api: reloaded 4/4 in 2.1s: 0 cut, 1 connection moved; 1 request by the new',
  ],
  [
    'reload',
    { cut: 2, drained: 7, told: 3, handedOver: 1, held: 5, longestHold: 300, gap: 40 },
    'api: reloaded 4/4 in 2.1s: 2 cut, 64 connections moved, 7 drained, 3 WebSockets asked to reconnect, 3 draining, ' +
      '1 handed over, 5 waited (at most 0.3s), no worker for 40ms; 1,204 requests by the old code, 310 by the new',
  ],
  [
    'reload',
    { moved: 0, open: 0, drained: 1, told: 1, requestsNew: 0, requestsOld: 1 },
    'api: reloaded 4/4 in 2.1s: 0 connections cut, 1 drained, 1 WebSocket asked to reconnect; 1 request by the old code',
  ],
  [
    'restart',
    { moved: 0, open: 0, cut: 7, requestsOld: 0, requestsNew: 0 },
    'api: restarted 4/4 in 2.1s: 7 connections cut',
  ],
  [
    'scale',
    { moved: 0, open: 0, replaced: 6, slots: 6, requestsOld: 0, requestsNew: 0 },
    'api: scaled in 2.1s: 0 connections cut',
  ],
  ['start', {}, 'api: started 4/4 in 2.1s'],
  ['stop', {}, 'api: stopped in 2.1s'],
  ['delete', {}, 'api: deleted in 2.1s'],
])('the receipt of a %s with %j', (kind, counts, line) => {
  expect(receiptLine('api', sampleOperation({ kind, receipt: sampleReceipt(counts) }))).toBe(line);
});

test('a cut is a warning, where cuts are told', () => {
  const painted = plainTheme({ color: true, styles: true });
  const first = (cut: number, kind: OperationKind = 'reload'): string | undefined =>
    resultLines('api', sampleOperation({ kind, receipt: sampleReceipt({ cut }) }), painted)[0];
  expect(first(0)).toBe(painted.paint(receiptLine('api', sampleOperation()), 'good'));
  expect(first(1)?.startsWith('\u001B[1;33m')).toBe(true);
  expect(first(1, 'stop')?.startsWith('\u001B[32m')).toBe(true);
});

test('nothing is said about connections that zdm does not see', () => {
  expect(receiptLine('api', sampleOperation(), 'fork')).toBe('api: reloaded 4/4 in 2.1s');
});

test('a failure says why, what the worker said, and what serves', () => {
  const failure = {
    slot: 1,
    reason: 'exit code 1 before it listened.',
    lines: ['Error: no database', '\tat x.js:1', ''],
  };
  const operation = sampleOperation({ phase: 'failed', receipt: null, failure });
  const head = [
    'api: reload failed at slot 1 after 2.1s: exit code 1 before it listened',
    '    Error: no database',
    '      at x.js:1',
    '',
  ];
  expect(failureLines('api', operation)).toEqual([
    ...head,
    '  The old code (generation 16) keeps serving. See: zdm logs api --err',
  ]);
  expect(failureLines('api', { ...operation, kind: 'rollback' }).at(-1)).toContain('The old code (generation 16)');
  const mixed = sampleApp('api', { up: 2, workers: [sampleWorker(0), sampleWorker(1, { generation: 16 })] });
  expect(failureLines('api', operation, mixed)).toEqual([
    ...head,
    '  Serving now: 2 of 4 workers, 1 of generation 16, 1 of generation 17. See: zdm logs api --err',
  ]);
  expect(failureLines('api', operation, sampleApp('api', { up: 0 }))).toEqual([
    ...head,
    '  Nothing of api is running now. See: zdm logs api --err',
  ]);
});

test('a note is printed after the result', () => {
  const operation = sampleOperation({ kind: 'start', note: 'runs without listening on a port' });
  expect(resultLines('api', operation, theme)).toEqual([
    'api: started 4/4 in 2.1s',
    'api: runs without listening on a port',
  ]);
});

function step(after: number, slot: number | null, text: string): RolloutStep {
  return { at: NOW - 60_000 + after, slot, text };
}

test('after a reload whose old workers stay warm: for how long, and what that is for', () => {
  const previous = {
    generation: 16,
    script: '/srv/releases/16/api.js',
    startedAt: NOW,
    warmUntil: NOW - 57_900 + 30_000,
  };
  const app = sampleApp('api', { previous });
  expect(resultLines('api', sampleOperation(), theme, app)[1]).toBe(
    '  Generation 16 stays warm for 30s: zdm rollback api goes back at once.',
  );
  expect(resultLines('api', sampleOperation(), theme, { ...app, previous: null })).toHaveLength(1);
  expect(resultLines('api', sampleOperation({ kind: 'scale' }), theme, app)).toHaveLength(1);
});
