import { describe, expect, test } from 'vitest';
import { HandOut } from '../../../daemon/master/hand-out.ts';
import { ReceiptBook } from '../../../daemon/master/receipts.ts';

const END = { at: 5_000, open: 0, slots: 4, replaced: 4 };

function book(): { handOut: HandOut; receipts: ReceiptBook } {
  const handOut = new HandOut(() => []);
  return { handOut, receipts: new ReceiptBook(handOut) };
}

describe('a receipt', () => {
  test('has what happened between its begin and its end, and nothing else', () => {
    const { handOut, receipts } = book();
    Object.assign(handOut.totals, { moved: 10, held: 20, cut: 30 });
    handOut.longestHold = 7_000;
    receipts.answered(1, 1_000);
    receipts.open('a', 2, 1_000);
    Object.assign(handOut.totals, { moved: 15, held: 22, cut: 31 });
    handOut.longestHold = 80;
    receipts.answered(1, 40);
    receipts.answered(2, 50);
    receipts.answered(2, 5);
    expect(receipts.close('a', { ...END, open: 3, replaced: 2 })).toEqual({
      replaced: 2,
      slots: 4,
      moved: 5,
      open: 3,
      cut: 1,
      held: 2,
      longestHold: 80,
      requestsOld: 40,
      requestsNew: 55,
      duration: 4_000,
    });
  });

  test('is empty when nothing happened', () => {
    const { receipts } = book();
    receipts.open('a', 1, 1_000);
    expect(receipts.close('a', { at: 1_000, open: 0, slots: 0, replaced: 0 })).toEqual({
      replaced: 0,
      slots: 0,
      moved: 0,
      open: 0,
      cut: 0,
      held: 0,
      longestHold: 0,
      requestsOld: 0,
      requestsNew: 0,
      duration: 0,
    });
  });

  test('counts the connections of a worker that was told to stop as cut', () => {
    const { receipts } = book();
    receipts.open('a', 1, 0);
    receipts.cut(3);
    receipts.cut(0);
    expect(receipts.close('a', END)?.cut).toBe(3);
  });

  test('of each operation begins anew', () => {
    const { handOut, receipts } = book();
    receipts.open('a', 2, 0);
    receipts.answered(2, 10);
    handOut.totals.moved = 5;
    receipts.close('a', END);
    receipts.open('b', 3, 6_000);
    receipts.answered(2, 1);
    receipts.answered(3, 2);
    expect(receipts.close('b', { ...END, at: 6_500 })).toMatchObject({
      moved: 0,
      requestsOld: 1,
      requestsNew: 2,
      duration: 500,
    });
  });

  test('is none for an operation that never began, or has ended', () => {
    const { receipts } = book();
    expect(receipts.close('a', END)).toBeNull();
    receipts.open('a', 1, 0);
    expect(receipts.close('b', END)).toBeNull();
    expect(receipts.close('a', END)).not.toBeNull();
    expect(receipts.close('a', END)).toBeNull();
  });
});

describe('the last lines of the dead', () => {
  test('are kept, of the last 16', () => {
    const { receipts } = book();
    for (let worker = 1; worker <= 20; worker += 1) receipts.lastLines(worker, [`line of ${worker}`]);
    expect(receipts.linesOf(4)).toEqual([]);
    expect(receipts.linesOf(5)).toEqual(['line of 5']);
    expect(receipts.linesOf(20)).toEqual(['line of 20']);
    expect(receipts.linesOf(99)).toEqual([]);
  });
});
