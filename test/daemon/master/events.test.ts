import { expect, test } from 'vitest';
import { Events } from '../../../daemon/master/events.ts';
import type { ExitRecord } from '../../../daemon/protocol/model.ts';
import { sampleOperation, sampleReceipt } from '../../cli/sample-apps.ts';

const exit = (at: number): ExitRecord => ({
  at,
  slot: 1,
  pid: 11,
  generation: 3,
  code: 1,
  signal: null,
  uptime: 400,
  lines: ['Error: no database'],
});

test('a worker that ended, without its lines; an operation that ended, with who asked for it', () => {
  const events = new Events();
  events.exited(exit(5));
  events.ended(sampleOperation({ by: 'me (zdm reload api)', startedAt: 100, endedAt: 2_100 }));
  const failure = { slot: 0, reason: 'it exited', lines: ['why'] };
  events.ended(sampleOperation({ op: 'op-2', startedAt: null, endedAt: 3_000, failure, receipt: null }));
  const operation = { type: 'operation', kind: 'reload', from: 16, to: 17 };
  expect(events.list).toEqual([
    { type: 'exit', at: 5, slot: 1, pid: 11, generation: 3, code: 1, signal: null, uptime: 400 },
    {
      ...operation,
      at: 2_100,
      op: 'op-1',
      by: 'me (zdm reload api)',
      took: 2_000,
      reason: null,
      receipt: sampleReceipt(),
    },
    { ...operation, at: 3_000, op: 'op-2', by: null, took: 0, reason: 'it exited', receipt: null },
  ]);
});

test('the receipt goes on after the end', () => {
  const events = new Events();
  events.ended(sampleOperation());
  events.ended(sampleOperation({ op: 'op-2' }));
  events.amend('op-1', sampleReceipt({ open: 0, drained: 3 }));
  events.amend('op-3', sampleReceipt({ cut: 9 }));
  expect(events.list).toMatchObject([{ receipt: { open: 0, drained: 3 } }, { receipt: sampleReceipt() }]);
});

test('the last 30 are kept', () => {
  const events = new Events();
  for (let at = 1; at <= 100; at += 1) events.exited(exit(at));
  expect(events.list.map(({ at }) => at)).toEqual(Array.from({ length: 30 }, (_, index) => 71 + index));
});
