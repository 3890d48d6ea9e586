import { describe, expect, test } from 'vitest';
import { memoryRoom } from '../../../daemon/os/memory-room.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** What the kernel's files say, in MiB; what is left out is not there. */
interface Kernel {
  readonly available?: number;
  readonly swap?: number;
  /** The path of this process's group. */
  readonly group?: string;
  /** Of groups by path: [memory.max, memory.current, inactive_file]. */
  readonly groups?: Readonly<Record<string, readonly [number | 'max', number, number?]>>;
}

const kib = (mib: number): string => `${mib * 1024} kB`;

function reader({ available, swap, group, groups = {} }: Kernel): (file: string) => string | null {
  const files = new Map<string, string>();
  const lines = ['MemTotal:       64000000 kB', 'MemFree:              12 kB'];
  if (available !== undefined) lines.push(`MemAvailable:   ${kib(available)}`);
  if (swap !== undefined) lines.push(`SwapTotal:      ${kib(swap * 4)}`, `SwapFree:       ${kib(swap)}`);
  files.set('/proc/meminfo', lines.join('\n'));
  if (group !== undefined) files.set('/proc/self/cgroup', `1:name=systemd:/other\n0::${group}`);
  for (const [path, [most, used, cache]] of Object.entries(groups)) {
    const folder = `/sys/fs/cgroup${path === '/' ? '' : path}`;
    files.set(`${folder}/memory.max`, most === 'max' ? most : String(most * MIB));
    files.set(`${folder}/memory.current`, String(used * MIB));
    if (cache !== undefined)
      files.set(`${folder}/memory.stat`, `anon 1\nactive_file 7\ninactive_file ${cache * MIB}\nslab 9`);
  }
  return (file) => files.get(file) ?? null;
}

describe('memory is left', () => {
  test.each<[string, Kernel, number, 'machine' | 'cgroup']>([
    ['as the machine says', { available: 500 }, 500, 'machine'],
    ['with its swap', { available: 500, swap: 300 }, 800, 'machine'],
    ['none of the machine', { available: 0, swap: 0 }, 0, 'machine'],
    ['of the group, which is tighter', { available: 900, group: '/a', groups: { '/a': [400, 100] } }, 300, 'cgroup'],
    ['of the machine, which is tighter', { available: 200, group: '/a', groups: { '/a': [400, 100] } }, 200, 'machine'],
    ['of both alike', { available: 300, group: '/a', groups: { '/a': [400, 100] } }, 300, 'machine'],
    [
      'of the group, swap or not',
      { available: 200, swap: 900, group: '/a', groups: { '/a': [400, 100] } },
      300,
      'cgroup',
    ],
    ['without bound in the group', { available: 900, group: '/a', groups: { '/a': ['max', 100] } }, 900, 'machine'],
    ['in the root group, which has no files', { available: 900, group: '/' }, 900, 'machine'],
    ['in a container, whose group is the root', { available: 900, group: '/', groups: { '/': [64, 4] } }, 60, 'cgroup'],
    [
      'of a group further up',
      {
        available: 900,
        group: '/a/b/c',
        groups: { '/a': ['max', 800], '/a/b': [400, 350], '/a/b/c': [300, 100] },
      },
      50,
      'cgroup',
    ],
    [
      'of the first of them',
      { available: 900, group: '/a/b', groups: { '/a': [300, 290], '/a/b': [400, 100] } },
      10,
      'cgroup',
    ],
    [
      'with the cache that can be dropped',
      { available: 900, group: '/a', groups: { '/a': [400, 390, 250] } },
      260,
      'cgroup',
    ],
    ['none in a group beyond its bound', { available: 900, group: '/a', groups: { '/a': [400, 450] } }, 0, 'cgroup'],
    ['not in a group of others', { available: 900, group: '/a', groups: { '/b': [1, 1] } }, 900, 'machine'],
  ])('%s', (_, kernel, free, of) => {
    expect(memoryRoom(reader(kernel))).toEqual({ free: free * MIB, of });
  });
});

test('a group alone is enough', () => {
  const kernel: Kernel = { group: '/a', groups: { '/a': [400, 100] } };
  expect(memoryRoom(reader(kernel))).toEqual({ free: 300 * MIB, of: 'cgroup' });
});

test('nobody can tell where the kernel says neither', () => {
  expect(memoryRoom(reader({}))).toBeNull();
});

test.runIf(process.platform === 'linux')('without any file, what node takes for free', () => {
  const room = memoryRoom(() => null);
  expect(room?.of).toBe('machine');
  expect(room!.free).toBeGreaterThan(0);
});

test.runIf(process.platform === 'linux')('of this machine it is a size that a machine can have', () => {
  const { free } = memoryRoom()!;
  expect(Number.isInteger(free)).toBe(true);
  expect(free).toBeLessThan(1024 * 1024 * GIB);
});

test('of a group of version 1, wherever its controller is named, and whichever level is the tightest', () => {
  const files = new Map([
    ['/proc/meminfo', `MemAvailable:   ${kib(900)}`],
    ['/proc/self/cgroup', '5:cpu,cpuacct:/a/b\n4:memory:/a/b\n1:name=systemd:/a'],
    ['/sys/fs/cgroup/memory/memory.limit_in_bytes', '9223372036854771712'],
    ['/sys/fs/cgroup/memory/memory.usage_in_bytes', '1000'],
    ['/sys/fs/cgroup/memory/a/memory.limit_in_bytes', String(400 * MIB)],
    ['/sys/fs/cgroup/memory/a/memory.usage_in_bytes', String(300 * MIB)],
    ['/sys/fs/cgroup/memory/a/memory.stat', `inactive_file 1\ntotal_inactive_file ${50 * MIB}`],
  ]);
  expect(memoryRoom((file) => files.get(file) ?? null)).toEqual({ free: 150 * MIB, of: 'cgroup' });
});
