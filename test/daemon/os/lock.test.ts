// Real processes race for the lock, and write down when each one has it.
import { existsSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { tmpdir } from 'node:os';
import { lockEpoch, lockHolder, lockOwner, lockState, takeLock } from '../../../daemon/os/lock.ts';
import { identityOf } from '../../../daemon/os/process-identity.ts';
import { killHard } from '../../helpers/processes.ts';
import { until } from '../../helpers/until.ts';
import { compile, start, type Program } from '../program.ts';
import { tempFolder } from '../temp-folder.ts';

/** Tries once when told to on stdin, says how it went, and keeps what it got. */
const TRY_ONCE = `
  import { takeLock } from './os/lock.ts';
  process.stdin.once('data', () => {
    console.log(takeLock(process.argv[2]) ? 'won.' : 'taken.');
    setInterval(() => {}, 1000);
  });
  console.log('up.');
`;

/**
 * Takes and gives back again and again. Whoever has it looks at the diary: the one before must have said goodbye, or be dead.
 */
const CONTEND = `
  import { appendFileSync, readFileSync } from 'node:fs';
  import { takeLock } from './os/lock.ts';
  import { identityOf, isAlive } from './os/process-identity.ts';
  const [, , lock, diary] = process.argv;
  const me = identityOf(process.pid);
  const write = (what) => appendFileSync(diary, JSON.stringify({ what, ...me }) + '\\n');
  const idle = new Int32Array(new SharedArrayBuffer(4));
  const hold = (ms) => Atomics.wait(idle, 0, 0, ms);
  function turn() {
    const release = takeLock(lock);
    if (release) {
      write('begin');
      const last = readFileSync(diary, 'utf8').trim().split('\\n').slice(0, -1).map((line) => JSON.parse(line)).findLast(({ what }) => what !== 'done');
      if (last && last.what === 'begin' && isAlive(last)) write('VIOLATION');
      if (Math.random() < 0.1) hold(Math.random() * 3);
      write('end');
      release();
    }
    setImmediate(turn);
  }
  turn();
`;

let tryOnce = '';
let contend = '';

beforeAll(async () => {
  const folder = mkdtempSync(`${tmpdir()}/zdm-lock-`);
  [tryOnce, contend] = await Promise.all([compile(folder, TRY_ONCE), compile(folder, CONTEND)]);
  return () => rmSync(folder, { recursive: true, force: true });
});

/** Starts so many, lets them all try in the same moment, and gives them when each has said how it went. */
async function race(lock: string, count: number): Promise<Program[]> {
  const all = Array.from({ length: count }, () => start(tryOnce, [lock]));
  await Promise.all(all.map((one) => one.said('up.')));
  for (const one of all) one.child.stdin!.write('go\n');
  await Promise.all(all.map((one) => until(() => /won|taken/.test(one.output), { message: () => one.output })));
  return all;
}

const winners = (all: readonly Program[]): Program[] => all.filter(({ output }) => output.includes('won.'));

test('one of 20 at once gets it, and leaves one file', async () => {
  const folder = tempFolder();
  expect(winners(await race(`${folder}/lock`, 20))).toHaveLength(1);
  expect(readdirSync(folder)).toHaveLength(1);
});

test('one of many gets it after its holder was killed', async () => {
  const lock = `${tempFolder()}/lock`;
  const [holder] = winners(await race(lock, 1));
  expect(winners(await race(lock, 3))).toHaveLength(0);
  holder!.child.kill('SIGKILL');
  await holder!.ended();
  expect(winners(await race(lock, 10))).toHaveLength(1);
});

describe('in one process', () => {
  test('it is taken once, and again when it was given back', () => {
    const lock = `${tempFolder()}/lock`;
    const release = takeLock(lock);
    expect(release).not.toBeNull();
    expect(takeLock(lock)).toBeNull();
    release!();
    const again = takeLock(lock);
    expect(again).not.toBeNull();
    expect(takeLock(lock)).toBeNull();
  });

  test('files of the dead, damaged files and foreign ones are no holders', () => {
    const folder = tempFolder();
    const lock = `${folder}/lock`;
    writeFileSync(`${lock}.3`, JSON.stringify({ pid: process.pid, start: 'long ago' }));
    writeFileSync(`${lock}.7`, '{"pid":');
    writeFileSync(`${lock}.x`, '');
    writeFileSync(`${folder}/other.9`, '');
    expect(takeLock(lock)).not.toBeNull();
    expect(takeLock(lock)).toBeNull();
    expect(existsSync(`${lock}.3`)).toBe(false);
  });

  test('a living holder is respected whatever lies below it', () => {
    const lock = `${tempFolder()}/lock`;
    writeFileSync(`${lock}.1`, 'rubbish');
    writeFileSync(`${lock}.2`, JSON.stringify(identityOf(process.pid)));
    expect(takeLock(lock)).toBeNull();
    expect(existsSync(`${lock}.2`)).toBe(true);
  });

  test('a number is not used again: who looked before the last holder came must not get it too', () => {
    const folder = tempFolder();
    const lock = `${folder}/lock`;
    const highest = (): number => Math.max(0, ...readdirSync(folder).map((name) => Number(name.slice('lock.'.length))));
    let before = 0;
    for (let turn = 0; turn < 3; turn += 1) {
      const release = takeLock(lock)!;
      expect(highest()).toBeGreaterThan(before);
      before = highest();
      release();
      expect(highest()).toBe(before);
    }
  });

  test('what a killed process left of its try does not bring a lock to life', () => {
    const folder = tempFolder();
    const lock = `${folder}/lock`;
    // It was killed between making the lock and deleting its draft, and its pid was given to this process: the draft and
    // the lock are one file.
    writeFileSync(`${lock}.draft-${process.pid}`, JSON.stringify({ pid: process.pid, start: 'long ago' }));
    linkSync(`${lock}.draft-${process.pid}`, `${lock}.5`);
    expect(takeLock(lock)).not.toBeNull();
    expect(takeLock(lock)).toBeNull();
  });

  test('a folder that is not there is an error, not a lock', () => {
    expect(() => takeLock(`${tempFolder()}/missing/lock`)).toThrow(/ENOENT/);
  });
});

test('no two ever have it, while holders end, and are killed', async () => {
  const folder = tempFolder();
  const diary = `${folder}/diary`;
  writeFileSync(diary, '');
  const entries = (): { what: string; pid: number }[] =>
    readFileSync(diary, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { what: string; pid: number });
  const begins = (): number => entries().filter(({ what }) => what === 'begin').length;
  const all = Array.from({ length: 6 }, () => start(contend, [`${folder}/lock`, diary]));
  await until(() => begins() > 20, { within: 15_000, message: () => JSON.stringify(entries().slice(-5)) });
  for (let killed = 0; killed < 12; killed += 1) {
    const before = begins();
    const last = entries().findLast(({ what }) => what === 'begin')!;
    all.find(({ pid }) => pid === last.pid)?.child.kill('SIGKILL');
    all.push(start(contend, [`${folder}/lock`, diary]));
    await until(() => begins() > before + 60, { within: 15_000, message: () => JSON.stringify(entries().slice(-5)) });
  }
  for (const one of all) one.child.kill('SIGKILL');
  await Promise.all(all.map((one) => one.ended()));
  expect(entries().filter(({ what }) => what === 'VIOLATION')).toEqual([]);
  expect(all.map(({ output }) => output).join('')).toBe('');
  expect(begins()).toBeGreaterThan(500);
});

describe('how a lock is, for those who do not take it', () => {
  test('free, held by a living process, lost by a dead one, given back', async () => {
    const lock = `${tempFolder()}/lock`;
    expect(lockState(lock)).toBe('free');
    const [one] = await race(lock, 1);
    expect(lockState(lock)).toBe('held');
    killHard(one!.pid);
    await until(() => lockState(lock) === 'lost');
    const release = takeLock(lock);
    expect(lockState(lock)).toBe('held');
    release?.();
    expect(lockState(lock)).toBe('free');
  });

  test('lost, too, when the pid belongs to another process by now', () => {
    const lock = `${tempFolder()}/lock`;
    writeFileSync(`${lock}.4`, JSON.stringify({ pid: process.pid, start: '1' }));
    expect(lockState(lock)).toBe('lost');
  });
});

describe('who has it, and as which of all that ever had it', () => {
  test('nobody, before it was taken', () => {
    const lock = `${tempFolder()}/lock`;
    expect([lockOwner(lock), lockHolder(lock), lockEpoch(lock)]).toEqual([null, null, 0]);
  });

  test('the process that took it; each time with a higher number, which stays when it was given back', () => {
    const lock = `${tempFolder()}/lock`;
    const me = identityOf(process.pid)!;
    let before = 0;
    for (let turn = 0; turn < 3; turn += 1) {
      const release = takeLock(lock)!;
      expect([lockOwner(lock), lockHolder(lock)]).toEqual([me, me.pid]);
      expect(lockEpoch(lock)).toBeGreaterThan(before);
      before = lockEpoch(lock);
      expect(takeLock(lock)).toBeNull();
      expect(lockEpoch(lock)).toBe(before);
      release();
      expect([lockOwner(lock), lockHolder(lock), lockEpoch(lock)]).toEqual([null, null, before]);
    }
  });

  test('nobody when it has died, or its pid is another’s; whoever comes next has a higher number all the same', () => {
    const lock = `${tempFolder()}/lock`;
    writeFileSync(`${lock}.41`, JSON.stringify({ pid: process.pid, start: 'long ago' }));
    expect([lockOwner(lock), lockHolder(lock), lockEpoch(lock)]).toEqual([null, null, 41]);
    takeLock(lock);
    expect([lockOwner(lock), lockEpoch(lock)]).toEqual([identityOf(process.pid), 42]);
  });

  test('of two processes the one that won', async () => {
    const lock = `${tempFolder()}/lock`;
    const [holder] = winners(await race(lock, 2));
    expect(lockOwner(lock)).toEqual(identityOf(holder!.pid));
    holder!.child.kill('SIGKILL');
    await holder!.ended();
    expect(lockOwner(lock)).toBeNull();
  });
});
