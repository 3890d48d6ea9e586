import { describe, expect, test } from 'vitest';
import { missingPlaces, pickWorker, UNANSWERED_LIMIT, type Candidate } from '../../../daemon/master/routing.ts';
import { randomFrom } from '../../helpers/random.mjs';

const worker = (id: number, change: Partial<Candidate> = {}): Candidate => ({
  id,
  slot: id,
  generation: 1,
  open: 0,
  unanswered: 0,
  lastSent: 0,
  ...change,
});

const load = (one: Candidate): number => one.open + one.unanswered;

test.each<[string, Candidate[], boolean, number | undefined]>([
  ['nobody', [], false, undefined],
  ['the only one', [worker(1)], false, 1],
  ['nobody who is at the limit', [worker(1, { unanswered: UNANSWERED_LIMIT })], false, undefined],
  ['nobody above the limit', [worker(1, { unanswered: UNANSWERED_LIMIT + 1 })], true, undefined],
  [
    'the one below the limit, however much it has',
    [worker(1, { unanswered: UNANSWERED_LIMIT }), worker(2, { open: 99, unanswered: UNANSWERED_LIMIT - 1 })],
    false,
    2,
  ],
  ['fewest open', [worker(1, { open: 3 }), worker(2, { open: 1 }), worker(3, { open: 2 })], false, 2],
  ['unanswered ones count as open', [worker(1, { open: 1, unanswered: 1 }), worker(2, { open: 1 })], false, 2],
  [
    'of equals the one that waited longest',
    [worker(1, { lastSent: 9 }), worker(2, { lastSent: 4 }), worker(3, { lastSent: 7 })],
    false,
    2,
  ],
  ['of equals that were never sent one the first', [worker(5), worker(2)], false, 5],
  [
    'generations do not matter for a new connection',
    [worker(1, { generation: 2, open: 1 }), worker(2, { generation: 1 })],
    false,
    2,
  ],
  [
    'the preferred generation for a moved one',
    [worker(1, { generation: 2, open: 50 }), worker(2, { generation: 1 })],
    true,
    1,
  ],
  [
    'fewest open of the preferred for a moved one',
    [worker(1, { generation: 2, open: 5 }), worker(2, { generation: 2, open: 4 }), worker(3)],
    true,
    2,
  ],
  [
    'another one for a moved one when the preferred is at the limit',
    [worker(1, { generation: 2, unanswered: UNANSWERED_LIMIT }), worker(2)],
    true,
    2,
  ],
])('%s', (_title, candidates, moved, id) => {
  expect(pickWorker(candidates, { preferred: moved ? 2 : null, client: null, cohort: null })?.id).toBe(id);
});

test('equals take turns', () => {
  const workers = [1, 2, 3].map((id) => ({ ...worker(id), lastSent: 0 }));
  const order = Array.from({ length: 9 }, (_, turn) => {
    const picked = pickWorker(workers, { preferred: null, client: null, cohort: null })!;
    picked.lastSent = turn + 1;
    return picked.id;
  });
  expect(order).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
});

test('whatever the workers have, the choice is one of the best', () => {
  const random = randomFrom(42);
  const upTo = (count: number): number => Math.floor(random() * count);
  for (let turn = 0; turn < 5_000; turn += 1) {
    const candidates = Array.from({ length: upTo(6) }, (_, id) =>
      worker(id, { generation: upTo(3), open: upTo(4), unanswered: upTo(4), lastSent: upTo(5) }),
    );
    const moved = random() < 0.5;
    const picked = pickWorker(candidates, { preferred: moved ? 2 : null, client: null, cohort: null });
    const able = candidates.filter(({ unanswered }) => unanswered < UNANSWERED_LIMIT);
    expect(picked === undefined).toBe(able.length === 0);
    if (!picked) continue;
    expect(able).toContain(picked);
    const preferred = able.filter(({ generation }) => generation === 2);
    const peers = moved && preferred.length > 0 ? preferred : able;
    expect(peers).toContain(picked);
    const least = Math.min(...peers.map(load));
    expect(load(picked)).toBe(least);
    expect(picked.lastSent).toBe(
      Math.min(...peers.filter((one) => load(one) === least).map(({ lastSent }) => lastSent)),
    );
  }
});

test.each([
  ['its own', { generation: 2, not: false }, [worker(1), worker(2, { generation: 2, open: 9 })], 2],
  ['the others', { generation: 2, not: true }, [worker(1, { open: 9 }), worker(2, { generation: 2 })], 1],
  ['whoever is there without one of its own', { generation: 3, not: false }, [worker(1), worker(2, { open: 1 })], 1],
])('of a cohort: %s', (_title, cohort, candidates, id) => {
  expect(pickWorker(candidates, { preferred: null, client: null, cohort })?.id).toBe(id);
});

describe('with a client address', () => {
  const slots = (count: number): Candidate[] => Array.from({ length: count }, (_, id) => worker(id));
  const clients = Array.from({ length: 4_000 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
  const slotFor = (client: string, candidates: readonly Candidate[]): number | undefined =>
    pickWorker(candidates, { preferred: null, client, cohort: null })?.slot;

  test('it is always the same slot, however much its worker has', () => {
    for (const client of clients.slice(0, 100)) {
      const slot = slotFor(client, slots(4));
      const loaded = slots(4).map((one) => (one.slot === slot ? { ...one, open: 1_000 } : one));
      expect(slotFor(client, loaded.toReversed())).toBe(slot);
    }
  });

  test('neighbouring addresses spread evenly', () => {
    const counts = [0, 0, 0, 0];
    for (const client of clients) counts[slotFor(client, slots(4))!]! += 1;
    for (const count of counts) expect(count / 1_000).toBeCloseTo(1, 0.5);
  });

  test('a slot that goes takes only its own clients with it', () => {
    for (const client of clients.slice(0, 500)) {
      const before = slotFor(client, slots(4))!;
      const after = slotFor(
        client,
        slots(4).filter(({ slot }) => slot !== 2),
      );
      if (before === 2) expect(after).not.toBe(2);
      else expect(after).toBe(before);
    }
  });

  test('in a slot with two workers the usual rules hold', () => {
    const two = [worker(1, { slot: 0, open: 3 }), worker(2, { slot: 0, generation: 2, open: 9 })];
    expect(pickWorker(two, { preferred: null, client: '::1', cohort: null })?.id).toBe(1);
    expect(pickWorker(two, { preferred: 2, client: '::1', cohort: null })?.id).toBe(2);
  });

  test('a worker that does not answer is waited for', () => {
    const candidates = slots(2);
    const slot = slotFor('::1', candidates)!;
    candidates[slot] = worker(slot, { unanswered: UNANSWERED_LIMIT });
    expect(slotFor('::1', candidates)).toBeUndefined();
  });
});

describe('the places that a new worker must open before it can take over', () => {
  const at = (slot: number, listening: readonly string[], admitted = true): Parameters<typeof missingPlaces>[0] => ({
    slot,
    listening,
    admitted,
  });

  test.each<[string, ReturnType<typeof at>, ReturnType<typeof at>[], string[]]>([
    ['none when nobody serves', at(0, [], false), [at(1, ['80'], false)], []],
    ['those of the worker of its slot', at(0, ['81'], false), [at(0, ['80', '81']), at(1, ['80'])], ['80']],
    ['not those that only another slot has', at(1, ['80'], false), [at(0, ['80', '81']), at(1, ['80'])], []],
    [
      'in a slot that nobody serves those that all have',
      at(2, [], false),
      [at(0, ['80', '81']), at(1, ['80'])],
      ['80'],
    ],
    ['more is no harm', at(0, ['80', '81', '82'], false), [at(0, ['80'])], []],
  ])('%s', (_, one, others, missing) => {
    expect(missingPlaces(one, [...others, one])).toEqual(missing);
  });
});
