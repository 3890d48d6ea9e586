import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Operations } from '../../../daemon/master/operations.ts';
import { steady } from '../../../daemon/os/clock.ts';
import type { OperationStatus } from '../../../daemon/protocol/model.ts';
import type { Operation } from '../../../daemon/rollout/types.ts';

const asked = (op: string): Parameters<Operations['queued']>[0] => ({ op, kind: 'reload', by: 'me (zdm reload api)' });

const DONE: Parameters<Operations['ended']>[1] = { at: 900, receipt: null, failure: null, note: null };
const failure = (slot: number | null): Parameters<Operations['ended']>[1] => ({
  ...DONE,
  failure: { slot, reason: 'it exited', lines: ['why'] },
});

/** As the machine tells it; only what the story needs is there. */
function machineOperation(op: string, slots: readonly number[]): Operation {
  const parts = { request: { op }, from: 1, to: 2, slots: slots.map((slot) => ({ slot, phase: 'waiting' })) };
  return parts as unknown as Operation;
}

function begun(op = 'a', slots: readonly number[] = [0, 1, 2]): Operations {
  const operations = new Operations();
  operations.queued(asked(op), 100);
  operations.began(
    machineOperation(op, slots),
    new Map([
      [0, 11],
      [1, 12],
    ]),
    200,
  );
  return operations;
}

const only = ({ list }: Operations): OperationStatus => {
  expect(list).toHaveLength(1);
  return list[0]!;
};

describe('the story of an operation', () => {
  test('begins in the queue', () => {
    const operations = new Operations();
    operations.queued(asked('a'), 100);
    expect(only(operations)).toMatchObject({
      op: 'a',
      kind: 'reload',
      by: 'me (zdm reload api)',
      phase: 'queued',
      askedAt: 100,
      startedAt: null,
      endedAt: null,
      slots: [],
      steps: [],
    });
  });

  test('goes on with the slots and who serves them', () => {
    expect(only(begun())).toMatchObject({ phase: 'running', startedAt: 200, from: 1, to: 2 });
    expect(only(begun()).slots).toEqual([
      { slot: 0, phase: 'waiting', oldPid: 11, newPid: null, readyAfter: null, goneAfter: null },
      { slot: 1, phase: 'waiting', oldPid: 12, newPid: null, readyAfter: null, goneAfter: null },
      { slot: 2, phase: 'waiting', oldPid: null, newPid: null, readyAfter: null, goneAfter: null },
    ]);
  });

  test('has what happened to each slot', () => {
    const operations = begun();
    operations.slot('a', 1, { phase: 'starting', newPid: 21 });
    operations.slot('a', 1, { phase: 'draining', readyAfter: 340 });
    operations.step('a', 1, 'ready', 540);
    operations.step('a', null, 'all of it', 541);
    expect(only(operations).slots[1]).toEqual({
      slot: 1,
      phase: 'draining',
      oldPid: 12,
      newPid: 21,
      readyAfter: 340,
      goneAfter: null,
    });
    expect(only(operations).steps).toEqual([
      { at: 540, slot: 1, text: 'ready' },
      { at: 541, slot: null, text: 'all of it' },
    ]);
  });

  test('is paused until it is resumed, or ends', () => {
    const operations = begun();
    operations.paused('a', true);
    expect(only(operations).paused).toBe(true);
    operations.paused('a', false);
    expect(only(operations).paused).toBe(false);
    operations.paused('a', true);
    operations.ended('a', failure(null));
    expect(only(operations).paused).toBe(false);
  });

  test('ends well with every slot done', () => {
    const operations = begun();
    operations.ended('a', { ...DONE, note: 'by the way' });
    expect(only(operations)).toMatchObject({ phase: 'done', endedAt: 900, failure: null, note: 'by the way' });
    expect(only(operations).slots.map(({ phase }) => phase)).toEqual(['done', 'done', 'done']);
  });

  test('ends badly with the slot that failed, and the others as they were', () => {
    const operations = begun();
    operations.slot('a', 0, { phase: 'done' });
    operations.slot('a', 1, { phase: 'starting', newPid: 21 });
    operations.ended('a', failure(1));
    expect(only(operations)).toMatchObject({
      phase: 'failed',
      failure: { slot: 1, reason: 'it exited', lines: ['why'] },
    });
    expect(only(operations).slots.map(({ phase }) => phase)).toEqual(['done', 'failed', 'waiting']);
  });

  test('can end without having begun', () => {
    const operations = new Operations();
    operations.queued(asked('a'), 100);
    operations.ended('a', failure(null));
    expect(only(operations)).toMatchObject({ phase: 'failed', startedAt: 900, endedAt: 900 });
  });

  test('does not change after its end, but for what happens to its old workers', () => {
    const operations = begun();
    operations.ended('a', DONE);
    operations.step('a', 0, 'old worker gone', 950);
    operations.parted('a', 0, 50);
    expect(only(operations).steps).toEqual([{ at: 950, slot: 0, text: 'old worker gone' }]);
    expect(only(operations).slots[0]).toMatchObject({ goneAfter: 50 });
    const before = structuredClone(only(operations));
    operations.slot('a', 0, { phase: 'starting' });
    operations.ended('a', failure(0));
    operations.began(machineOperation('a', [0]), new Map(), 960);
    expect(only(operations)).toEqual(before);
  });

  test('has no room for what is nobody’s', () => {
    const operations = begun();
    operations.step(undefined, 0, 'x', 1);
    operations.step('other', 0, 'x', 1);
    operations.slot(undefined, 0, { phase: 'done' });
    operations.slot('a', 77, { phase: 'done' });
    operations.ended('other', DONE);
    expect(only(operations)).toEqual(only(begun()));
  });

  test('is bounded', () => {
    const operations = begun();
    for (let step = 0; step < 10_000; step += 1) operations.step('a', 0, `step ${step}`, step);
    expect(only(operations).steps.length).toBeLessThanOrEqual(400);
    expect(only(operations).steps[0]!.text).toBe('step 0');
  });
});

describe('a worker that takes over', () => {
  const shown = (operations: Operations, slot: number): unknown => {
    const { phase, readyAfter, newPid } = only(operations).slots[slot]!;
    return { phase, readyAfter, newPid };
  };

  test('of the new code is on its way to be the only one in its slot', () => {
    const operations = begun();
    operations.admitted('a', { slot: 1, generation: 2, pid: 700 + 2 }, 340);
    expect(shown(operations, 1)).toEqual({ phase: 'draining', readyAfter: 340, newPid: 702 });
    expect(shown(operations, 0)).toMatchObject({ phase: 'waiting', readyAfter: null });
  });

  test('of the old code gives the slot back', () => {
    const operations = begun();
    operations.admitted('a', { slot: 1, generation: 2, pid: 700 + 2 }, 340);
    operations.admitted('a', { slot: 1, generation: 1, pid: 700 + 1 }, 20);
    expect(shown(operations, 1)).toMatchObject({ phase: 'waiting', readyAfter: null });
  });

  test('of whatever code is a new one, where none is replaced by another', () => {
    const operations = new Operations();
    operations.queued({ ...asked('a'), kind: 'replace' }, 100);
    // Its slot went back to generation 1, or has never left it.
    operations.began({ ...machineOperation('a', [1]), from: 2, to: 2 }, new Map(), 200);
    operations.admitted('a', { slot: 1, generation: 1, pid: 700 + 1 }, 340);
    expect(shown(operations, 0)).toEqual({ phase: 'draining', readyAfter: 340, newPid: 701 });
  });

  test('belongs to nobody when nothing runs', () => {
    const operations = begun();
    operations.admitted(undefined, { slot: 1, generation: 2, pid: 700 + 2 }, 340);
    operations.admitted('other', { slot: 1, generation: 2, pid: 700 + 2 }, 340);
    expect(only(operations)).toEqual(only(begun()));
  });
});

describe('what the machine knows of it', () => {
  const machineTells = (change: object, ...phases: readonly string[]): Operation => {
    const slots = phases.map((phase, slot) => ({ slot, phase }));
    const parts = {
      ...machineOperation('a', []),
      strategy: 'rolling',
      returning: null,
      canary: null,
      slots,
      ...change,
    };
    return parts as Operation;
  };
  const phases = (operations: Operations): string[] => only(operations).slots.map(({ phase }) => phase);

  test('is its strategy, and why it goes back', () => {
    const operations = begun();
    expect(only(operations)).toMatchObject({ strategy: null, returning: null, canary: null });
    operations.follow(machineTells({ strategy: 'blue-green' }));
    expect(only(operations)).toMatchObject({ strategy: 'blue-green', returning: null });
    operations.follow(machineTells({ returning: { slot: 1, worker: 4, reason: 'it exited' } }));
    expect(only(operations)).toMatchObject({ strategy: 'rolling', returning: 'it exited' });
  });

  test('is how its canary gets on, at the time on the wall', () => {
    const operations = begun();
    const old = { requests: 30, errors: 1, latency: 20 };
    const fresh = { requests: 10, errors: 0, latency: null };
    const canary = { slots: 1, percent: 25, until: null, old, fresh, verdict: null, reason: null };
    operations.follow(machineTells({ canary }));
    const { slots, ...shown } = canary;
    expect(only(operations).canary).toEqual({ ...shown, workers: slots });
    const { now } = Date;
    // Somebody has set the clock on the wall.
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
    onTestFinished(() => void vi.restoreAllMocks());
    const until = steady() + 60_000;
    operations.follow(machineTells({ canary: { ...canary, until, verdict: 'pass', reason: 'fine' } }));
    expect(only(operations).canary).toMatchObject({ verdict: 'pass', reason: 'fine' });
    expect(Math.abs(only(operations).canary!.until! - Date.now() - 60_000)).toBeLessThan(1_000);
    operations.follow(machineTells({}));
    expect(only(operations).canary).toBeNull();
  });

  test('is which slots still have to prove themselves', () => {
    const operations = begun();
    operations.admitted('a', { slot: 0, generation: 2, pid: 700 + 2 }, 340);
    operations.follow(machineTells({}, 'proving', 'starting', 'waiting'));
    expect(phases(operations)).toEqual(['proving', 'waiting', 'waiting']);
    operations.follow(machineTells({}, 'done', 'starting', 'waiting'));
    expect(phases(operations)).toEqual(['draining', 'waiting', 'waiting']);
  });

  test('and one whose old worker has gone meanwhile is done with that', () => {
    const operations = begun();
    operations.admitted('a', { slot: 0, generation: 2, pid: 700 + 2 }, 340);
    operations.follow(machineTells({}, 'proving'));
    operations.parted('a', 0, 70);
    expect(phases(operations)[0]).toBe('proving');
    operations.follow(machineTells({}, 'done'));
    expect(phases(operations)[0]).toBe('done');
  });

  test('is nothing when it has ended', () => {
    const operations = begun();
    operations.ended('a', DONE);
    operations.follow(machineTells({ strategy: 'canary' }, 'proving'));
    expect(only(operations)).toMatchObject({ strategy: null });
    expect(phases(operations)[0]).toBe('done');
  });
});

describe('the list', () => {
  test('keeps all that run or wait, and the last five that ended, oldest first', () => {
    const operations = new Operations();
    const ops = Array.from({ length: 12 }, (_, index) => `op${index}`);
    for (const op of ops) operations.queued(asked(op), 1);
    for (const op of ops.slice(0, 9)) operations.ended(op, DONE);
    expect(operations.list.map(({ op }) => op)).toEqual([...ops.slice(4, 9), ...ops.slice(9)]);
  });

  test('an op that is used again is another one', () => {
    const operations = begun();
    operations.ended('a', DONE);
    operations.queued(asked('a'), 1_000);
    operations.ended('a', failure(null));
    expect(operations.list.map(({ phase }) => phase)).toEqual(['done', 'failed']);
  });
});
