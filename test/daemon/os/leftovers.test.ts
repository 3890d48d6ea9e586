import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { endLeftovers, hasLivingWorkers, leftovers, livingMaster, workersIn } from '../../../daemon/os/leftovers.ts';
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

/** Writes the list of a master that is dead. */
function listed(folder: string, workers: readonly object[], master: object | null = DEAD): void {
  writeFileSync(path.join(folder, 'workers-7.json'), JSON.stringify({ master, workers }));
}

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

test('what would be killed, and a master that lives and cannot be reached, are told', () => {
  const folder = tempFolder();
  const pid = stubborn(false);
  listed(folder, [{ ...identityOf(pid), group: false }]);
  expect([leftovers(folder), livingMaster(folder)]).toEqual([[pid], null]);
  listed(folder, [{ ...identityOf(pid), group: false }], identityOf(process.pid));
  expect([leftovers(folder), livingMaster(folder)]).toEqual([[], process.pid]);
  expect(isAlive(pid)).toBe(true);
});

test.each<[string, string | null, object[], boolean]>([
  [
    'one that lives',
    JSON.stringify({ workers: [DEAD, identityOf(process.pid)] }),
    [DEAD, identityOf(process.pid)!],
    true,
  ],
  ['dead ones', JSON.stringify({ workers: [DEAD] }), [DEAD], false],
  [
    'a pid that is another’s by now',
    JSON.stringify({ workers: [{ pid: process.pid, start: '1' }] }),
    [{ pid: process.pid, start: '1' }],
    false,
  ],
  ['no workers', '{"version":1}', [], false],
  ['half of it', '{"workers":[{"pid":1', [], false],
  ['no file', null, [], false],
])('the workers in a journal: %s', (_, content, workers, lives) => {
  const file = path.join(tempFolder(), 'journal.json');
  if (content !== null) writeFileSync(file, content);
  expect([workersIn(file), hasLivingWorkers(file)]).toEqual([workers, lives]);
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
