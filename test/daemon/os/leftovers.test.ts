import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { endLeftovers, WorkerList } from '../../../daemon/os/leftovers.ts';
import { identityOf } from '../../../daemon/os/process-identity.ts';
import { isAlive, killHard } from '../../helpers/processes.ts';
import { until } from '../../helpers/until.ts';
import { tempFolder } from '../temp-folder.ts';

const DEAD = { pid: 999_999_999, start: '1' };

/** A process that only killing ends; with a child of its own when it leads a group. */
function stubborn(group: boolean): number {
  const child = spawn('sh', ['-c', group ? 'sleep 1000 & wait' : 'exec sleep 1000'], {
    detached: group,
    stdio: 'ignore',
  });
  onTestFinished(() => killHard(group ? -child.pid! : child.pid!));
  return child.pid!;
}

function listOf(folder: string, pid: number): { master: unknown; workers: { pid: number; start: string }[] } {
  return JSON.parse(readFileSync(path.join(folder, `workers-${pid}.json`), 'utf8')) as ReturnType<typeof listOf>;
}

/** Writes the list of a master that is dead. */
function listed(folder: string, workers: readonly object[], master: object | null = DEAD): void {
  writeFileSync(path.join(folder, 'workers-7.json'), JSON.stringify({ master, workers }));
}

test('the list has each worker with its start time, and forgets those that are gone', () => {
  const folder = path.join(tempFolder(), 'api');
  const [one, other] = [stubborn(false), stubborn(false)];
  const list = new WorkerList(folder);
  list.keep([{ pid: one, group: false }]);
  list.keep([
    { pid: one, group: false },
    { pid: other, group: true },
    { pid: 0, group: false },
  ]);
  expect(listOf(folder, process.pid)).toEqual({
    master: identityOf(process.pid),
    workers: [
      { ...identityOf(one), group: false },
      { ...identityOf(other), group: true },
    ],
  });
  list.keep([{ pid: other, group: true }]);
  expect(listOf(folder, process.pid).workers.map(({ pid }) => pid)).toEqual([other]);
  list.remove();
  expect(readdirSync(folder)).toEqual([]);
});

test('what a dead master has left is killed, with its group, and the list is gone', async () => {
  const folder = tempFolder();
  const [alone, leader] = [stubborn(false), stubborn(true)];
  const pids = (): number[] => readGroup(leader);
  await until(() => pids().length === 2);
  const all = [alone, ...pids()];
  listed(folder, [
    { ...identityOf(alone), group: false },
    { ...identityOf(leader), group: true },
  ]);
  for (const name of ['preload-7.cjs', 'preload-7.cjs.new', 'preload-77.cjs'])
    writeFileSync(path.join(folder, name), '');
  expect(endLeftovers(folder)).toEqual([alone, leader]);
  await until(() => !all.some(isAlive));
  expect(readdirSync(folder)).toEqual(['preload-77.cjs']);
});

test('a pid that belongs to another process by now is left alone', () => {
  const folder = tempFolder();
  const pid = stubborn(false);
  listed(folder, [{ pid, start: '1', group: false }]);
  expect(endLeftovers(folder)).toEqual([]);
  expect(isAlive(pid)).toBe(true);
});

test('the workers of a master that lives are its own business', () => {
  const folder = tempFolder();
  const pid = stubborn(false);
  listed(folder, [{ ...identityOf(pid), group: false }], identityOf(process.pid));
  expect(endLeftovers(folder)).toEqual([]);
  expect(isAlive(pid)).toBe(true);
  expect(readdirSync(folder)).toEqual(['workers-7.json']);
});

test.each([
  ['half a list', '{"master":null,"workers":[{"pid"'],
  ['something else', '[1]'],
  ['nothing', ''],
])('%s ends nothing, and does not stay', (_, content) => {
  const folder = tempFolder();
  writeFileSync(path.join(folder, 'workers-7.json'), content);
  expect(endLeftovers(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('where no app ever was there is nothing', () => {
  expect(endLeftovers(path.join(tempFolder(), 'nowhere'))).toEqual([]);
});

function readGroup(leader: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[2] === String(leader);
      } catch {
        return false;
      }
    })
    .map(Number);
}
