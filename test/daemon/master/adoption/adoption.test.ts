import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Adoption, takenOf } from '../../../../daemon/master/adoption/adoption.ts';

describe('of the connections that a worker gave away and keeps a copy of, others have', () => {
  const hello = (...received: string[]): { received: string[] } => ({ received });

  test.each<[name: string, gives: number[], hellos: { received: string[] }[], taken: number[]]>([
    ['none, where nobody has come', [1, 2], [], []],
    ['none, where nobody has got any', [1, 2], [hello(), hello()], []],
    ['one', [1, 2], [hello('api.7.3:2')], [2]],
    ['all, each with somebody else', [1, 2, 3], [hello('api.7.3:3', 'api.7.3:1'), hello('api.7.3:2')], [1, 2, 3]],
    ['none of another worker with the same number', [1], [hello('api.7.4:1')], []],
    ['none of a worker of another master, with the same id', [1], [hello('api.8.3:1')], []],
    ['none of another app', [1], [hello('shop.7.3:1')], []],
    ['none of which it keeps no copy any more', [2], [hello('api.7.3:1', 'api.7.3:2')], [2]],
    ['no number that only begins alike', [1], [hello('api.7.3:11')], []],
    ['one that came back to itself', [5], [hello('api.7.3:5')], [5]],
    ['none, where it gave none', [], [hello('api.7.3:1')], []],
  ])('%s', (_, gives, hellos, taken) => {
    expect(takenOf({ mark: 'api.7.3', gives }, hellos)).toEqual(taken);
  });
});

describe('an adoption concludes once', () => {
  let concluded = 0;
  const adoption = (...expected: number[]): Adoption => {
    concluded = 0;
    return new Adoption(expected, { concluded: () => void (concluded += 1) });
  };

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('when all have come', () => {
    const one = adoption(1, 2, 3);
    one.settled(2);
    one.settled(1);
    expect(concluded).toBe(0);
    one.settled(3);
    expect(concluded).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(concluded).toBe(1);
  });

  test('when the last that was missing has ended', () => {
    const one = adoption(1, 2);
    one.settled(1);
    vi.advanceTimersByTime(700);
    one.settled(2);
    expect(concluded).toBe(1);
  });

  test('when the time is over; whoever comes later does not conclude it again', () => {
    const one = adoption(1, 2);
    one.settled(1);
    vi.advanceTimersByTime(1_499);
    expect(concluded).toBe(0);
    vi.advanceTimersByTime(1);
    expect(concluded).toBe(1);
    one.settled(2);
    vi.advanceTimersByTime(60_000);
    expect(concluded).toBe(1);
  });

  test('not by somebody twice, nor by a stranger', () => {
    const one = adoption(1, 2);
    one.settled(1);
    one.settled(1);
    one.settled(77);
    expect(concluded).toBe(0);
  });

  test('where nobody is expected, in the next turn: whoever makes it has it by then', () => {
    adoption();
    expect(concluded).toBe(0);
    vi.advanceTimersByTime(1);
    expect(concluded).toBe(1);
  });
});
