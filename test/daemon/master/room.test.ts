import { expect, test } from 'vitest';
import { roomFor } from '../../../daemon/master/room.ts';

const MIB = 1024 * 1024;
const free = (mib: number, of: 'machine' | 'cgroup' = 'machine'): Parameters<typeof roomFor>[1] => ({
  free: mib * MIB,
  of,
});

test.each<[string, number[], number, number]>([
  ['as often as it is there', [100], 1_000, 9],
  ['with a tenth more for each', [100], 109, 0],
  ['and that is enough', [100], 111, 1],
  ['by the largest that is there', [10, 200, 50], 445, 2],
  ['not at all', [100], 0, 0],
])('a worker more fits %s', (_, workers, mib, fits) => {
  expect(
    roomFor(
      workers.map((size) => size * MIB),
      free(mib),
    )?.workers,
  ).toBe(fits);
});

test.each([
  ['machine', 'a worker has 100M, the machine has 50M left'],
  ['cgroup', 'a worker has 100M, its cgroup has 50M left'],
] as const)('the figures say whose they are: %s', (of, figures) => {
  expect(roomFor([100 * MIB], free(50, of))).toEqual({ workers: 0, figures });
});

test.each<[string, number[], Parameters<typeof roomFor>[1]]>([
  ['nothing was measured', [], free(1)],
  ['nothing was measured of any', [0, 0], free(1)],
  ['nobody knows what is left', [100 * MIB], null],
])('nobody can tell when %s', (_, workers, room) => expect(roomFor(workers, room)).toBeNull());
