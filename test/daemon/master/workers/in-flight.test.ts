import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../../../daemon/master/hand-out.ts';
import { InFlight } from '../../../../daemon/master/workers/in-flight.ts';
import { LATE, TAKE_WITHIN } from '../../../../daemon/protocol/worker-link.ts';

const connection = (key: string): Connection => ({
  handle: { readStop: () => 0, close: () => undefined },
  key,
  moved: false,
  waitingSince: null,
  refusals: 0,
});

beforeEach(() => void vi.useFakeTimers({ toFake: ['hrtime'] }));
afterEach(() => void vi.useRealTimers());

describe('what is on its way to a worker', () => {
  test('arrives in the order of sending, other handles among it; a receipt is for all so far', () => {
    const flight = new InFlight();
    const [a, b] = [connection('a'), connection('b')];
    flight.add(a);
    flight.add(null);
    flight.add(b);
    expect([flight.count, flight.arrived(2), flight.arrived(2), flight.arrived(3)]).toEqual([3, [a], [], [b]]);
    expect([flight.count, flight.arrived(3)]).toEqual([0, []]);
    flight.add(a);
    expect(flight.arrived(4)).toEqual([a]);
  });

  test('may be lost, and is still counted', () => {
    const flight = new InFlight();
    const [a, b] = [connection('a'), connection('b')];
    const { seq } = flight.add(a);
    flight.add(b);
    expect([flight.lost(seq), flight.lost(seq), flight.lost(99)]).toEqual([a, null, null]);
    expect(flight.arrived(2)).toEqual([b]);
  });

  test('is taken back only when it is late, once, and stays in the way of others', () => {
    const flight = new InFlight();
    const [a, b] = [connection('a'), connection('b')];
    flight.add(a);
    vi.advanceTimersByTime(LATE - 1);
    flight.add(b);
    expect([flight.oldestIsLate, flight.revoke()]).toEqual([false, []]);
    vi.advanceTimersByTime(1);
    expect([flight.oldestIsLate, flight.revoke(), flight.revoke()]).toEqual([true, [a], []]);
    expect(flight.count).toBe(2);
  });

  test("once it was taken back it is not the worker's, when it gets it at last", () => {
    const flight = new InFlight();
    const { seq } = flight.add(connection('a'));
    vi.advanceTimersByTime(LATE);
    flight.revoke();
    expect(flight.arrived(1)).toEqual([]);
    expect(flight.claim(seq)).toBe(false);
  });

  test("late but not taken back it is the worker's", () => {
    const flight = new InFlight();
    const one = connection('a');
    const { seq } = flight.add(one);
    vi.advanceTimersByTime(LATE);
    expect(flight.arrived(1)).toEqual([one]);
    expect([flight.claim(seq), flight.revoke()]).toEqual([true, []]);
  });

  test('of a dead worker is what nobody else has', () => {
    const flight = new InFlight();
    flight.add(connection('a'));
    flight.add(null);
    vi.advanceTimersByTime(LATE);
    flight.revoke();
    const b = connection('b');
    flight.add(b);
    expect([flight.clear(), flight.count]).toEqual([[b], 0]);
  });

  test('a worker that takes without asking has long done so when the master takes back', () => {
    expect(LATE).toBeGreaterThanOrEqual(4 * TAKE_WITHIN);
  });
});
