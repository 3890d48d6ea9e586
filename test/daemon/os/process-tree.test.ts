import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import {
  behindShells,
  MARK_VARIABLE,
  type ProcessEntry,
  processTable,
  type Root,
  treeOf,
} from '../../../daemon/os/process-tree.ts';
import { identityOf } from '../../../daemon/os/process-identity.ts';
import { until } from '../../helpers/until.ts';

function entry(pid: number, parent: number, more: Partial<ProcessEntry> = {}): ProcessEntry {
  return { pid, parent, start: `s${pid}`, session: 5, name: 'node', mark: null, ...more };
}

const ROOT: Root = { pid: 100, session: null, mark: null, known: [] };

test.each<[string, ProcessEntry[], Partial<Root>, number[]]>([
  ['children and theirs', [entry(100, 50), entry(101, 100), entry(102, 101), entry(103, 50)], {}, [101, 102]],
  ['listed before their parents', [entry(102, 101), entry(101, 100), entry(100, 50)], {}, [102, 101]],
  ['its pid is not asked for when it has ended', [entry(101, 100)], { pid: null }, []],
  ['those of its session, though their parent is gone', [entry(101, 1, { session: 100 })], { session: 100 }, [101]],
  [
    'those with its mark, wherever they went',
    [entry(101, 1, { mark: 'a.5.1', session: 101 })],
    { mark: 'a.5.1' },
    [101],
  ],
  ['another mark is another worker', [entry(101, 1, { mark: 'a.5.2' })], { mark: 'a.5.1' }, []],
  ['no mark is no mark', [entry(101, 1)], {}, []],
  ['those known from before', [entry(101, 1)], { known: [{ pid: 101, start: 's101' }] }, [101]],
  ['not whoever got their pid', [entry(101, 1)], { known: [{ pid: 101, start: 's7' }] }, []],
  ['children of those', [entry(101, 1), entry(102, 101)], { known: [{ pid: 101, start: 's101' }] }, [101, 102]],
  ['never this process', [entry(process.pid, 1, { mark: 'a' })], { mark: 'a' }, []],
])('a tree: %s', (_, table, root, pids) => {
  expect(treeOf(table, { ...ROOT, ...root }).map(({ pid }) => pid)).toEqual(pids);
});

test.each<[string, [name: string, parent: number][], number[]]>([
  [
    'a program sees to its children itself',
    [
      ['node', 0],
      ['sh', 1],
      ['node', 2],
    ],
    [],
  ],
  [
    'what a shell runs',
    [
      ['bash', 0],
      ['node', 1],
      ['python3', 1],
    ],
    [2, 3],
  ],
  [
    'not the helpers of what it runs',
    [
      ['sh', 0],
      ['node', 1],
      ['ffmpeg', 2],
    ],
    [2],
  ],
  [
    'a shell in a shell',
    [
      ['-zsh', 0],
      ['dash', 1],
      ['node', 2],
    ],
    [2, 3],
  ],
  [
    'npm signals its shell, not what that runs',
    [
      ['npm start', 0],
      ['sh', 1],
      ['node', 2],
    ],
    [3],
  ],
  [
    'npm in npm',
    [
      ['npm run all', 0],
      ['sh', 1],
      ['npm run one', 2],
      ['sh', 3],
      ['node', 4],
    ],
    [3, 5],
  ],
  [
    'npm without a shell',
    [
      ['npm start', 0],
      ['node', 1],
    ],
    [],
  ],
])('behind shells: %s', (_, names, pids) => {
  const table = names.map(([name, parent], index) => entry(index + 1, parent, { name }));
  expect(behindShells(table, 1).map(({ pid }) => pid)).toEqual(pids);
});

test('the table: parents, sessions, marks and names as they are', async () => {
  const mark = `here.${process.pid}.1`;
  const shell = spawn('sh', ['-c', 'sleep 1000 & wait'], {
    detached: true,
    env: { PATH: process.env['PATH'], [MARK_VARIABLE]: mark },
    stdio: 'ignore',
  });
  const pid = shell.pid!;
  onTestFinished(() => void process.kill(-pid, 'SIGKILL'));
  const table = await until(async () => {
    const all = await processTable();
    return all.some(({ parent, name }) => parent === pid && name === 'sleep') && all;
  });
  const linux = process.platform === 'linux';
  expect(table.find((one) => one.pid === pid)).toEqual({
    ...identityOf(pid),
    parent: process.pid,
    session: pid,
    name: 'sh',
    mark: linux ? mark : null,
  });
  const root = { pid: null, known: [], session: null, mark: null };
  const names = (tree: ProcessEntry[]): string[] => tree.map(({ name }) => name);
  expect(names(treeOf(table, { ...root, pid }))).toEqual(['sleep']);
  expect(names(treeOf(table, { ...root, session: pid })).toSorted()).toEqual(['sh', 'sleep']);
  if (linux) expect(names(treeOf(table, { ...root, mark })).toSorted()).toEqual(['sh', 'sleep']);
  expect(names(behindShells(table, pid))).toEqual(['sleep']);
});
