import { describe, expect, test } from 'vitest';
import { Departure } from '../../../daemon/master/departure.ts';
import { HandOut } from '../../../daemon/master/hand-out.ts';
import { ReceiptBook } from '../../../daemon/master/receipts.ts';
import { NO_LOAD, type WorkerLoad } from '../../../daemon/protocol/worker-link.ts';

const END = { at: 5_000, slots: 4, replaced: 4 };
const LOAD: WorkerLoad = { ...NO_LOAD, draining: true };

function book(): { handOut: HandOut; receipts: ReceiptBook } {
  const handOut = new HandOut(() => []);
  return { handOut, receipts: new ReceiptBook(handOut) };
}

describe('a receipt', () => {
  test('has what happened between its begin and its end, and nothing else', () => {
    const { handOut, receipts } = book();
    Object.assign(handOut.totals, { handedOver: 10, held: 20, cut: 30 });
    handOut.longestHold = 7_000;
    receipts.answered(1, 1_000);
    receipts.open('a', 2, 1_000);
    Object.assign(handOut.totals, { handedOver: 15, held: 22, cut: 31 });
    handOut.longestHold = 80;
    receipts.answered(1, 40);
    receipts.answered(2, 50);
    receipts.answered(2, 5);
    receipts.close('a', { ...END, replaced: 2 });
    expect(receipts.receipt('a')).toEqual({
      replaced: 2,
      slots: 4,
      moved: 0,
      drained: 0,
      told: 0,
      open: 0,
      cut: 1,
      handedOver: 5,
      held: 2,
      longestHold: 80,
      gap: 0,
      requestsOld: 40,
      requestsNew: 55,
      duration: 4_000,
    });
  });

  test('of each operation begins anew', () => {
    const { handOut, receipts } = book();
    receipts.open('a', 2, 0);
    receipts.answered(2, 10);
    handOut.totals.handedOver = 5;
    receipts.close('a', END);
    receipts.open('b', 3, 6_000);
    receipts.answered(2, 1);
    receipts.answered(3, 2);
    receipts.close('b', { ...END, at: 6_500 });
    expect(receipts.receipt('b')).toMatchObject({ handedOver: 0, requestsOld: 1, requestsNew: 2, duration: 500 });
    expect(receipts.receipt('a')).toMatchObject({ handedOver: 5, requestsNew: 10 });
  });

  test('is none for an operation that never began, or has not ended, or is forgotten', () => {
    const { receipts } = book();
    receipts.close('a', END);
    receipts.open('a', 1, 0);
    receipts.close('b', END);
    expect([receipts.receipt('a'), receipts.receipt('b')]).toEqual([null, null]);
    receipts.close('a', END);
    expect(receipts.receipt('a')).not.toBeNull();
    receipts.keepOnly(new Set(['b']));
    expect(receipts.receipt('a')).toBeNull();
  });

  test('adds up what has become of the connections of its old workers, also after its end', () => {
    const { receipts } = book();
    receipts.open('a', 2, 0);
    const [one, other] = [new Departure('a', 10, 5), new Departure('a', 20, 5)];
    receipts.departs(one);
    receipts.departs(other);
    receipts.departs(new Departure('b', 20, 5));
    one.gave();
    one.progressed({ ...LOAD, had: 3, open: 0 });
    other.progressed({ ...LOAD, had: 4, open: 4 });
    receipts.close('a', END);
    expect(receipts.receipt('a')).toMatchObject({ moved: 1, drained: 2, open: 4, cut: 0 });
    other.progressed({ ...LOAD, had: 4, open: 1 });
    expect(receipts.receipt('a')).toMatchObject({ moved: 1, drained: 5, open: 1, cut: 0 });
    other.ended();
    expect(receipts.receipt('a')).toMatchObject({ moved: 1, drained: 5, open: 0, cut: 1 });
  });
});

describe('the time without any worker', () => {
  const gapOf = (changes: readonly (readonly [boolean, number])[]): number | undefined => {
    const { receipts } = book();
    receipts.covered(true, 0);
    receipts.open('a', 2, 100);
    for (const [covered, at] of changes) receipts.covered(covered, at);
    receipts.close('a', { ...END, at: 1_000 });
    return receipts.receipt('a')?.gap;
  };

  test.each<[string, (readonly [boolean, number])[], number]>([
    ['none', [[true, 300]], 0],
    [
      'one',
      [
        [false, 300],
        [true, 350],
      ],
      50,
    ],
    [
      'the longest of two',
      [
        [false, 300],
        [true, 350],
        [false, 400],
        [true, 480],
      ],
      80,
    ],
    [
      'said twice',
      [
        [false, 300],
        [false, 340],
        [true, 350],
      ],
      50,
    ],
    ['not over yet', [[false, 300]], 700],
  ])('%s', (_, changes, gap) => {
    expect(gapOf(changes)).toBe(gap);
  });

  test('what was before the operation does not count', () => {
    const { receipts } = book();
    receipts.covered(false, 0);
    receipts.open('a', 1, 900);
    receipts.covered(true, 950);
    receipts.close('a', { ...END, at: 1_000 });
    expect(receipts.receipt('a')?.gap).toBe(50);
  });
});

describe('the connections of a dismissed worker', () => {
  test('until it tells more, it has what it had', () => {
    expect(new Departure('a', 0, 7).parted).toEqual({ moved: 0, drained: 0, told: 0, open: 7, cut: 0 });
  });

  test('moved, come to their end, told and gone, told and still open, cut', () => {
    const departure = new Departure('a', 0, 7);
    departure.gave();
    departure.gave();
    departure.progressed({ ...LOAD, had: 10, open: 3, told: 4, leaving: 1 });
    expect(departure.parted).toEqual({ moved: 2, drained: 2, told: 4, open: 3, cut: 0 });
    departure.ended();
    expect(departure.parted).toEqual({ moved: 2, drained: 2, told: 4, open: 0, cut: 2 });
  });

  test('what it says after it was told to stop changes nothing: the app ends its connections now', () => {
    const departure = new Departure('a', 0, 3);
    departure.ended();
    departure.progressed({ ...LOAD, had: 3, open: 0 });
    departure.ended();
    expect(departure.parted).toEqual({ moved: 0, drained: 0, told: 0, open: 0, cut: 3 });
  });
});
