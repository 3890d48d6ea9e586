// Real FIFOs, and real processes that print into them.
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { onTestFinished, describe, expect, test } from 'vitest';
import {
  Fifos,
  readFifos,
  removeFifos,
  type FifoPair,
  type OutputStreams,
} from '../../../../daemon/master/workers/fifos.ts';
import { onceEvent, until } from '../../../helpers/until.ts';
import { tempFolder } from '../../temp-folder.ts';

/** With the pairs that it makes in advance. */
async function fifosIn(folder: string): Promise<Fifos> {
  const fifos = new Fifos(folder);
  onTestFinished(() => fifos.close());
  await until(() => readdirSync(folder).length === 16, { message: () => readdirSync(folder).join() });
  return fifos;
}

function taken(fifos: Fifos): FifoPair {
  const pair = fifos.take();
  if (!pair) throw new Error('there is no pair');
  return pair;
}

/** What is read, so far. */
class Reading {
  text = { out: '', err: '' };
  readonly streams: OutputStreams;

  constructor(path: string) {
    this.streams = readFifos(path);
    for (const name of ['out', 'err'] as const)
      this.streams[name].on('data', (chunk: Buffer) => (this.text[name] += chunk.toString()));
    onTestFinished(() => this.leave());
  }

  async reads(name: 'out' | 'err', text: string): Promise<void> {
    await until(() => this.text[name].endsWith(text), { message: () => `${text}, not ${this.text[name].slice(-200)}` });
  }

  leave(): void {
    this.streams.out.destroy();
    this.streams.err.destroy();
  }
}

/** It prints each line that it is told, to stdout and, when it begins with `!`, to stderr. */
function printer(pair: FifoPair): ChildProcess {
  const code = `require('readline').createInterface(process.stdin).on('line', (line) =>
    (line.startsWith('!') ? process.stderr : process.stdout).write(line + '\\n'));`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['pipe', ...pair.ends] });
  onTestFinished(() => void child.kill('SIGKILL'));
  pair.close();
  return child;
}

describe('a pair', () => {
  test('carries what a process prints, both streams apart, and ends with it', async () => {
    const pair = taken(await fifosIn(tempFolder()));
    const reading = new Reading(pair.path);
    const child = printer(pair);
    const ends = [onceEvent(reading.streams.out, 'close'), onceEvent(reading.streams.err, 'close')];
    child.stdin!.write('one\n!two\n');
    await reading.reads('out', 'one\n');
    await reading.reads('err', '!two\n');
    child.stdin!.end('last\n');
    await Promise.all(ends);
    expect(reading.text).toEqual({ out: 'one\nlast\n', err: '!two\n' });
  });

  test('goes on when its reader has gone: nothing kills the process, and the next reader has what waits', async () => {
    const pair = taken(await fifosIn(tempFolder()));
    const before = new Reading(pair.path);
    const child = printer(pair);
    child.stdin!.write('one\n');
    await before.reads('out', 'one\n');
    before.leave();
    await Promise.all([before.streams.out, before.streams.err].map((one) => until(() => one.closed)));
    child.stdin!.write('!meanwhile\nmeanwhile\n');
    // It has written both when it has read all of what it was told.
    await until(() => child.stdin!.writableLength === 0);
    const next = new Reading(pair.path);
    await next.reads('out', 'meanwhile\n');
    await next.reads('err', '!meanwhile\n');
    child.stdin!.write('later\n');
    await next.reads('out', 'later\n');
    expect(next.text.out).toBe('meanwhile\nlater\n');
    expect(child.exitCode).toBeNull();
  });

  test('has what a process printed last before it ended, when nobody was there', async () => {
    const pair = taken(await fifosIn(tempFolder()));
    const before = new Reading(pair.path);
    before.leave();
    writeSync(pair.ends[0], 'last words\n');
    const next = new Reading(pair.path);
    const end = onceEvent(next.streams.out, 'close');
    pair.close();
    await end;
    expect(next.text.out).toBe('last words\n');
  });

  test('is private to this user, and gone when it was removed', async () => {
    const folder = tempFolder();
    const fifos = await fifosIn(folder);
    const { path, close } = taken(fifos);
    close();
    for (const file of [`${path}.out`, `${path}.err`]) {
      expect(statSync(file).isFIFO()).toBe(true);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    removeFifos(path);
    removeFifos(path);
    expect(readdirSync(folder).some((name) => `${folder}/${name}`.startsWith(path))).toBe(false);
    expect(() => readFifos(path)).toThrow('ENOENT');
  });
});

describe('pairs', () => {
  test('are another each time, also more than are made in advance', async () => {
    const fifos = await fifosIn(tempFolder());
    const pairs = Array.from({ length: 20 }, () => taken(fifos));
    for (const { close } of pairs) close();
    expect(new Set(pairs.map(({ path }) => path)).size).toBe(20);
  });

  test('that cannot be made are none, and no trouble to whoever asks', async () => {
    const folder = `${tempFolder()}/nowhere`;
    const fifos = new Fifos(folder);
    expect(fifos.take()).toBeNull();
  });

  test('are made in advance anew when somebody has deleted those that were', async () => {
    const folder = tempFolder();
    const fifos = await fifosIn(folder);
    for (const name of readdirSync(folder)) rmSync(`${folder}/${name}`);
    // Each that is gone is found out when it is taken.
    await until(() => {
      const pair = fifos.take();
      pair?.close();
      return pair !== null;
    });
  });

  test('that nobody has taken go with the master', async () => {
    const folder = tempFolder();
    const fifos = await fifosIn(folder);
    taken(fifos).close();
    fifos.close();
    await until(() => readdirSync(folder).length === 2);
  });
});
