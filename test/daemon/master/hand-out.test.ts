import { describe, expect, test } from 'vitest';
import { HandOut, type Connection } from '../../../daemon/master/hand-out.ts';
import { UNANSWERED_LIMIT } from '../../../daemon/master/routing.ts';

/** A worker that keeps what it is sent until the test answers for it. */
class Taker {
  admitted = true;
  stuck = false;
  open = 0;
  lastSent = 0;
  readonly generation: number;
  readonly pending: Connection[] = [];
  readonly all: Connection[] = [];
  readonly id: number;
  readonly slot: number;
  readonly keys: readonly string[];

  constructor(id: number, keys: readonly string[] = ['80'], generation = 1) {
    this.id = id;
    this.slot = id;
    this.keys = keys;
    this.generation = generation;
  }

  get unanswered(): number {
    return this.pending.length;
  }

  listensAt(key: string): boolean {
    return this.keys.includes(key);
  }

  send(connection: Connection): void {
    this.pending.push(connection);
    this.all.push(connection);
  }

  accept(): void {
    this.pending.shift();
    this.open += 1;
  }
}

interface Traced extends Connection {
  readonly name: string;
  readonly closes: number;
}

function connection(name: string, change: Partial<Connection> = {}): Traced {
  let closes = 0;
  const handle = { readStop: () => 0, close: () => void (closes += 1) };
  const made = { name, handle, key: '80', moved: false, waitingSince: null, refusals: 0, ...change };
  return Object.defineProperty(made, 'closes', { get: () => closes, enumerable: true }) as unknown as Traced;
}

const names = (list: readonly Connection[]): string[] => list.map((one) => (one as Traced).name);
const many = (count: number, prefix = 'c'): Traced[] =>
  Array.from({ length: count }, (_, index) => connection(`${prefix}${index}`));

describe('a connection goes', () => {
  test('to an admitted worker that listens there', () => {
    const [idle, elsewhere, ours] = [new Taker(1), new Taker(2, ['81']), new Taker(3)];
    idle.admitted = false;
    const handOut = new HandOut(() => [idle, elsewhere, ours]);
    handOut.route(connection('a'));
    expect([idle, elsewhere, ours].map(({ all }) => all.length)).toEqual([0, 0, 1]);
    expect(handOut.totals).toEqual({ handedOver: 0, held: 0, cut: 0 });
  });

  test('to workers in turn, and never to one with its limit unanswered', () => {
    const takers = [new Taker(1), new Taker(2)];
    const handOut = new HandOut(() => takers);
    for (const one of many(2 * UNANSWERED_LIMIT + 3)) handOut.route(one);
    const [even, odd] = takers.map(({ pending }) => names(pending));
    expect([even!.slice(0, 2), odd!.slice(0, 2)]).toEqual([
      ['c0', 'c2'],
      ['c1', 'c3'],
    ]);
    expect([even!.length, odd!.length, handOut.waiting]).toEqual([UNANSWERED_LIMIT, UNANSWERED_LIMIT, 3]);
    // Waiting for an answer is no hold: a worker is there.
    expect(handOut.totals.held).toBe(0);
    takers[1]!.accept();
    handOut.advance();
    expect(names(takers[1]!.all).at(-1)).toBe(`c${2 * UNANSWERED_LIMIT}`);
    expect(handOut.waiting).toBe(2);
  });

  test('to the preferred generation when it moves', () => {
    const takers = [new Taker(1, ['80'], 1), new Taker(2, ['80'], 2)];
    takers[1]!.open = 100;
    const handOut = new HandOut(() => takers);
    handOut.preferred = 2;
    handOut.route(connection('a', { moved: true }));
    handOut.route(connection('b'));
    expect(takers.map(({ all }) => names(all))).toEqual([['b'], ['a']]);
  });
});

describe('divided', () => {
  test.each([10, 25, 33, 90])('%i percent go to the new code, exactly, whoever has more', (percent) => {
    const takers = [1, 2, 3].map((id) => new Taker(id, ['80'], id === 3 ? 2 : 1));
    takers[2]!.open = 5_000;
    const handOut = new HandOut(() => takers);
    handOut.divide({ generation: 2, percent });
    for (const one of many(1_000)) {
      handOut.route(one);
      for (const taker of takers) taker.pending.length = 0;
    }
    expect(Math.abs(takers[2]!.all.length - percent * 10)).toBeLessThanOrEqual(1);
    handOut.divide(null);
    for (const taker of takers) taker.open = taker === takers[2] ? 0 : 100;
    handOut.route(connection('after'));
    expect(names(takers[2]!.all)).toContain('after');
  });

  test('whoever cannot be served in its turn goes to the others', () => {
    const takers = [new Taker(1, ['80'], 1)];
    const handOut = new HandOut(() => takers);
    handOut.divide({ generation: 2, percent: 100 });
    handOut.route(connection('a'));
    expect(names(takers[0]!.all)).toEqual(['a']);
  });
});

test('frozen, it hands out nothing, and then everything in order', () => {
  const taker = new Taker(1, ['80'], 1);
  const handOut = new HandOut(() => [taker]);
  handOut.frozen = true;
  handOut.route(connection('a'));
  handOut.route(connection('b', { moved: true }));
  expect([handOut.waiting, handOut.totals.held]).toEqual([2, 0]);
  handOut.frozen = false;
  handOut.advance();
  expect(names(taker.all)).toEqual(['a', 'b']);
});

describe('without a worker a connection waits', () => {
  test('in line, first come first served', () => {
    const takers: Taker[] = [];
    const handOut = new HandOut(() => takers);
    for (const one of many(5)) handOut.route(one);
    expect([handOut.waiting, handOut.totals.held]).toEqual([5, 5]);
    const taker = new Taker(1);
    takers.push(taker);
    const served: string[] = [];
    for (handOut.advance(); taker.pending.length > 0; handOut.advance()) {
      served.push(...names(taker.pending.slice(0, 1)));
      taker.accept();
    }
    expect(served).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
    expect(handOut.waiting).toBe(0);
  });

  test('behind those that came before, even when a worker has just come', () => {
    const takers: Taker[] = [];
    const handOut = new HandOut(() => takers);
    handOut.route(connection('first'));
    takers.push(new Taker(1));
    handOut.route(connection('second'));
    handOut.advance();
    expect(names(takers[0]!.all)).toEqual(['first', 'second']);
  });

  test('and does not hold up those for another place', () => {
    const taker = new Taker(1, ['81']);
    const handOut = new HandOut(() => [taker]);
    handOut.route(connection('nobody listens there'));
    handOut.route(connection('somebody listens here', { key: '81' }));
    expect(names(taker.all)).toEqual(['somebody listens here']);
    expect(handOut.waiting).toBe(1);
  });

  test('and the wait is measured', () => {
    const takers: Taker[] = [];
    const handOut = new HandOut(() => takers);
    const waiting = connection('a');
    handOut.route(waiting);
    waiting.waitingSince = Date.now() - 1_500;
    takers.push(new Taker(1));
    handOut.advance();
    expect(handOut.longestHold).toBeGreaterThanOrEqual(1_500);
    expect(handOut.longestHold).toBeLessThan(10_000);
    expect(waiting.waitingSince).toBeNull();
  });

  test('but no longer than the limit', () => {
    const handOut = new HandOut(() => []);
    const [old, young] = [connection('old'), connection('young')];
    handOut.route(old);
    handOut.route(young);
    old.waitingSince = 1_000;
    young.waitingSince = 5_000;
    handOut.expire(10_999, 10_000);
    expect([old.closes, young.closes]).toEqual([0, 0]);
    handOut.expire(11_000, 10_000);
    expect([old.closes, young.closes, handOut.waiting, handOut.totals.cut]).toEqual([1, 0, 1, 1]);
    handOut.expire(11_000, 0);
    expect([old.closes, young.closes, handOut.waiting, handOut.totals.cut]).toEqual([1, 1, 0, 2]);
  });

  test('but not more than a thousand of them', () => {
    const handOut = new HandOut(() => []);
    const all = many(1_003);
    for (const one of all) handOut.route(one);
    expect(handOut.waiting).toBe(1_000);
    expect(all.filter(({ closes }) => closes > 0).map(({ name }) => name)).toEqual(['c1000', 'c1001', 'c1002']);
    expect(handOut.totals).toEqual({ handedOver: 0, held: 1_000, cut: 3 });
  });
});

describe('a refused connection', () => {
  test('goes to another worker, but not for ever', () => {
    const taker = new Taker(1);
    const handOut = new HandOut(() => [taker]);
    let refused = connection('a');
    handOut.route(refused);
    let turns = 0;
    for (; taker.pending.length > 0; turns += 1) {
      taker.pending.shift();
      refused = Object.defineProperty(
        { ...refused, refusals: refused.refusals + 1 },
        'closes',
        Object.getOwnPropertyDescriptor(refused, 'closes')!,
      );
      handOut.route(refused);
      expect(turns).toBeLessThan(100);
    }
    expect(refused.handle).toBeDefined();
    expect([handOut.waiting, handOut.totals.cut]).toEqual([0, 1]);
  });

  test('waits when there is no other worker', () => {
    const handOut = new HandOut(() => []);
    handOut.route(connection('a', { refusals: 1 }));
    expect([handOut.waiting, handOut.totals.cut]).toEqual([1, 0]);
  });
});

test('a long line costs little while workers are busy', () => {
  let looks = 0;
  const taker = new Taker(1);
  const handOut = new HandOut(() => {
    looks += 1;
    return [taker];
  });
  for (const one of many(900)) handOut.route(one);
  looks = 0;
  for (let turn = 0; turn < 100; turn += 1) {
    taker.accept();
    handOut.advance();
  }
  expect(taker.all).toHaveLength(UNANSWERED_LIMIT + 100);
  expect(looks).toBeLessThan(300);
});
