import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { logEvent, logTo } from '../../../daemon/os/log.ts';
import { Trouble } from '../../../daemon/os/trouble.ts';
import { tempFolder } from '../temp-folder.ts';

const MIB = 1024 * 1024;
const eventsIn = (file: string): object[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);

test('the log of the daemon goes on in a new file when it was deleted or moved', () => {
  const file = `${tempFolder()}/zdmd.log`;
  logTo(file);
  logEvent('one');
  rmSync(file);
  logEvent('two');
  renameSync(file, `${file}.moved`);
  logEvent('three', { fact: 3 });
  expect(eventsIn(file)).toEqual([expect.objectContaining({ event: 'three', fact: 3, pid: process.pid })]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('it is bound: the present file and the one before it', () => {
  const folder = tempFolder();
  const file = `${folder}/zdmd.log`;
  logTo(file);
  const text = 'x'.repeat(100_000);
  for (let turn = 0; turn < 150; turn += 1) logEvent('long', { turn, text });
  expect(readdirSync(folder).toSorted()).toEqual(['zdmd.log', 'zdmd.log.1']);
  const [now, before] = [statSync(file).size, statSync(`${file}.1`).size];
  expect(Math.max(now, before)).toBeLessThan(4.2 * MIB);
  expect(now + before).toBeGreaterThan(4 * MIB);
  expect(eventsIn(file).at(-1)).toMatchObject({ turn: 149 });
});

test('a trouble is said once, and again, with its reason, when it is over', () => {
  const file = `${tempFolder()}/zdmd.log`;
  logTo(file);
  const trouble = new Trouble('writing', { file: 'a' });
  trouble.over();
  for (let turn = 0; turn < 5; turn += 1) trouble.met(new Error(`ENOSPC ${turn}`));
  trouble.over({ lost: 7 });
  trouble.over();
  trouble.met('another one');
  expect(eventsIn(file)).toMatchObject([
    { event: 'writing failed', file: 'a', error: 'ENOSPC 0' },
    { event: 'writing works again', file: 'a', lost: 7, failures: 5, error: 'ENOSPC 0' },
    { event: 'writing failed', error: 'another one' },
  ]);
});
