import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FileTail } from '../../../daemon/logs/tail.ts';
import { tempFolder } from '../temp-folder.ts';

const numbered = (from: number, to: number, width = 0): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index} ${'x'.repeat(width)}`);
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

function fileWith(content: string | Buffer): string {
  const file = `${tempFolder()}/app.log`;
  writeFileSync(file, content);
  return file;
}

describe('the last lines', () => {
  test.each([
    [0, []],
    [1, ['c']],
    [2, ['ü', 'c']],
    [3, ['a', 'ü', 'c']],
    [99, ['a', 'ü', 'c']],
  ])('%i of three', async (count, lines) => {
    expect(await new FileTail(fileWith('a\nü\nc\n')).last(count)).toEqual(lines);
  });

  test.each(['', '\n', 'no end'])('of %j', async (content) => {
    expect(await new FileTail(fileWith(content)).last(5)).toEqual(content === '\n' ? [''] : []);
  });

  test('of a file that is not there are none', async () => {
    expect(await new FileTail(`${tempFolder()}/missing.log`).last(5)).toEqual([]);
  });

  test.each([1, 10, 1_000, 5_000])('%i of a file of many blocks', async (count) => {
    const all = numbered(1, 5_000, 60);
    expect(await new FileTail(fileWith(text(all))).last(count)).toEqual(all.slice(-count));
  });

  test('are whole at any length, wherever the blocks begin', async () => {
    for (let length = 65_530; length < 65_540; length += 1) {
      const all = ['first', 'é'.repeat(length / 2), 'x'.repeat(length), 'last'];
      const tail = new FileTail(fileWith(text(all)));
      expect(await tail.last(4)).toEqual(all);
      expect(await tail.last(3)).toEqual([]);
    }
  });

  test('of a file longer than a tail reaches are whole lines, the first one too', async () => {
    const all = numbered(1, 60, 100_000);
    const lines = await new FileTail(fileWith(text(all))).last(1_000);
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.length).toBeLessThan(60);
    expect(lines).toEqual(all.slice(-lines.length));
  });

  test('are not a folder', async () => {
    const folder = `${tempFolder()}/folder`;
    mkdirSync(folder);
    await expect(new FileTail(folder).last(1)).rejects.toThrow(/EISDIR/);
  });
});

async function tailOf(content: string | Buffer): Promise<{ tail: FileTail; file: string }> {
  const file = fileWith(content);
  const tail = new FileTail(file);
  await tail.last(1);
  return { tail, file };
}

describe('following', () => {
  test('gives each new line once', async () => {
    const { tail, file } = await tailOf('old\n');
    expect(await tail.poll()).toEqual([]);
    const all = numbered(1, 300);
    const got: string[] = [];
    for (let at = 0; at < all.length; at += 7) {
      appendFileSync(file, text(all.slice(at, at + 7)));
      got.push(...(await tail.poll()));
    }
    expect(got).toEqual(all);
    expect(await tail.poll()).toEqual([]);
  });

  test('holds a line back until it is complete, also one that was there before', async () => {
    const { tail, file } = await tailOf('old\nhalf');
    expect(await tail.poll()).toEqual([]);
    appendFileSync(file, ' a line');
    expect(await tail.poll()).toEqual([]);
    appendFileSync(file, '\nnext');
    expect(await tail.poll()).toEqual(['half a line']);
    appendFileSync(file, '\n');
    expect(await tail.poll()).toEqual(['next']);
  });

  test('keeps characters whole, wherever they are cut', async () => {
    const { tail, file } = await tailOf('');
    const bytes = Buffer.from('größer 😀 als\n');
    const got: string[] = [];
    for (const byte of bytes) {
      appendFileSync(file, Buffer.from([byte]));
      got.push(...(await tail.poll()));
    }
    expect(got).toEqual(['größer 😀 als']);
  });

  test('keeps up in several polls when very much came at once', async () => {
    const { tail, file } = await tailOf('');
    const all = numbered(1, 90_000, 100).map((line) => `😀é${line}`);
    appendFileSync(file, text(all));
    const got: string[] = [];
    let polls = 0;
    for (let lines = await tail.poll(); lines.length > 0; lines = await tail.poll()) {
      got.push(...lines);
      polls += 1;
    }
    expect(polls).toBeGreaterThan(1);
    expect(got.length).toBe(all.length);
    expect(got).toEqual(all);
  });

  test('begins anew when the file was truncated', async () => {
    const { tail, file } = await tailOf('one\ntwo\nhal');
    expect(await tail.poll()).toEqual([]);
    truncateSync(file);
    expect(await tail.poll()).toEqual([]);
    appendFileSync(file, 'three\n');
    expect(await tail.poll()).toEqual(['three']);
  });

  test('begins anew when the file was truncated and written to', async () => {
    const { tail, file } = await tailOf('one one one\ntwo\n');
    writeFileSync(file, 'three\n');
    expect(await tail.poll()).toEqual(['three']);
  });

  test('goes on with the file that took its place', async () => {
    const { tail, file } = await tailOf('one\nhal');
    renameSync(file, `${file}.1`);
    expect(await tail.poll()).toEqual([]);
    writeFileSync(file, 'three which is longer than what was there\n');
    expect(await tail.poll()).toEqual(['three which is longer than what was there']);
  });

  test('finds a file that was not there before', async () => {
    const file = `${tempFolder()}/later.log`;
    const tail = new FileTail(file);
    expect([await tail.last(5), await tail.poll()]).toEqual([[], []]);
    writeFileSync(file, 'one\n');
    expect(await tail.poll()).toEqual(['one']);
    rmSync(file);
    expect(await tail.poll()).toEqual([]);
  });
});
