import { describe, expect, test } from 'vitest';
import type { OperationStatus } from '../../../daemon/protocol/model.ts';
import { backSlots, latestOperation, wentBack } from '../../../ui/paint/operation.ts';
import { anApp, anOperation, aSlot, aWorker, NOW, RECEIPT } from '../samples.ts';

const FAILED = { phase: 'failed', endedAt: NOW, receipt: { ...RECEIPT, replaced: 0 } } as const;

describe('whether slots have gone back', () => {
  test.each<[string, Partial<OperationStatus>, boolean]>([
    ['it was refused at once', { ...FAILED, slots: [aSlot(0, 'failed'), aSlot(1, 'waiting')] }, false],
    ['a slot had been replaced', { ...FAILED, slots: [aSlot(0, 'waiting', 900), aSlot(1, 'failed')] }, true],
    ['it said so', { ...FAILED, returning: 'it crashed' }, true],
    ['ready, but never let in', { ...FAILED, strategy: 'blue-green', slots: [aSlot(0, 'waiting', 900)] }, false],
    ['let in, and back', { ...FAILED, strategy: 'blue-green', returning: 'it crashed' }, true],
    ['some keep the new code', { ...FAILED, receipt: RECEIPT, slots: [aSlot(0, 'done', 900)] }, false],
    ['it goes back still', { returning: 'it crashed' }, false],
    ['it is done', { ...FAILED, phase: 'done', slots: [aSlot(0, 'done', 900)] }, false],
  ])('%s', (_, changes, expected) => {
    expect(wentBack(anOperation(changes))).toBe(expected);
  });
});

test('slots are back when they serve by other code', () => {
  const workers = [
    aWorker(1, 0),
    aWorker(2, 0, { generation: 16, stage: 'starting' }),
    aWorker(3, 1, { generation: 16 }),
    aWorker(4, 9, { generation: 16 }),
  ];
  const operation = anOperation({ slots: [aSlot(0, 'done'), aSlot(1, 'failed')] });
  expect(backSlots(anApp(0, 'api', { workers }), operation)).toBe(1);
});

test('what was dropped before its turn does not hide what was done', () => {
  const done = anOperation({ phase: 'done', endedAt: NOW - 10, slots: [aSlot(0, 'done', 900)] });
  const dropped = anOperation({ op: 'op-2', ...FAILED, receipt: null, from: 0, to: 0 });
  expect(latestOperation(anApp(0, 'api', { operations: [done, dropped] }))).toBe(done);
});
