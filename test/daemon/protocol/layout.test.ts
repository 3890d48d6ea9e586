import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../../daemon/protocol/layout.ts';

const SHORT = '/tmp';
/** What macOS takes, the least of all: 104 bytes with the closing zero. */
const LIMIT = 103;

/** Names of 1 to 64 characters, and two that differ only at their ends. */
const NAMES = [
  ...Array.from({ length: 64 }, (_, index) => 'n'.repeat(index + 1)),
  `${'a'.repeat(63)}1`,
  `${'a'.repeat(63)}2`,
];

function homeOfLength(bytes: number): string {
  return `/${'h'.repeat(bytes - 1)}`;
}

describe('a home like most', () => {
  const layout = layoutOf('/home/someone/.zdm', SHORT);

  test('holds everything itself', () => {
    expect(layout).toMatchObject({
      home: '/home/someone/.zdm',
      runtime: '/home/someone/.zdm',
      daemonSocket: '/home/someone/.zdm/zdmd.sock',
      daemonLog: '/home/someone/.zdm/zdmd.log',
      masterSocket: '/home/someone/.zdm/master.sock',
      masterLock: '/home/someone/.zdm/master.lock',
      masterPid: '/home/someone/.zdm/master.pid',
      workerSocket: '/home/someone/.zdm/workers.sock',
      run: '/home/someone/.zdm/run',
      registry: '/home/someone/.zdm/apps.json',
      logs: '/home/someone/.zdm/logs',
    });
  });

  test('has a folder for each app', () => {
    expect(layout.journal('api')).toBe('/home/someone/.zdm/apps/api/journal.json');
    expect(layout.releases('api')).toBe('/home/someone/.zdm/apps/api/releases.json');
    // FROZEN with 0.1.0.
    expect(layout.oldMasterSocket('api')).toBe('/home/someone/.zdm/apps/api/master.sock');
  });
});

test.each([1, 10, 40, 50, 60, 61, 62, 80, 100, 500])('every socket path fits, in a home of %i bytes', (bytes) => {
  const layout = layoutOf(homeOfLength(bytes), SHORT);
  const own = [layout.daemonSocket, layout.masterSocket, layout.workerSocket];
  const paths = [...own, ...NAMES.map((name) => layout.oldMasterSocket(name))];
  expect(paths.filter((path) => Buffer.byteLength(path) > LIMIT)).toEqual([]);
});

test('no two apps share a socket', () => {
  const layout = layoutOf('/home/someone/.zdm', SHORT);
  expect(new Set(NAMES.map((name) => layout.oldMasterSocket(name))).size).toBe(NAMES.length);
});

test('the length is counted in bytes', () => {
  expect(layoutOf(`/${'ü'.repeat(40)}`, SHORT).runtime).toMatch(/^\/tmp\/zdm-/);
  expect(layoutOf(`/${'u'.repeat(40)}`, SHORT).runtime).not.toMatch(/^\/tmp\//);
});

describe('a deep home', () => {
  const deep = homeOfLength(90);

  test('has its sockets elsewhere and everything else inside', () => {
    const layout = layoutOf(deep, SHORT);
    expect(layout.runtime).toMatch(/^\/tmp\/zdm-[0-9a-f]{12}$/);
    expect(layout.daemonSocket).toBe(`${layout.runtime}/zdmd.sock`);
    expect(layout.masterSocket).toBe(`${layout.runtime}/master.sock`);
    expect(layout.workerSocket).toBe(`${layout.runtime}/workers.sock`);
    expect(layout.run).toBe(`${layout.runtime}/run`);
    expect(
      [layout.daemonLog, layout.registry, layout.logs, layout.masterLock, layout.journal('api')].every((path) =>
        path.startsWith(`${deep}/`),
      ),
    ).toBe(true);
  });

  test('has the same place every time, and another one has another', () => {
    expect(layoutOf(deep, SHORT).runtime).toBe(layoutOf(deep, SHORT).runtime);
    expect(layoutOf(`${deep}2`, SHORT).runtime).not.toBe(layoutOf(deep, SHORT).runtime);
  });
});
