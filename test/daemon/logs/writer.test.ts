import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type LogWriter, openLog } from '../../../daemon/logs/writer.ts';
import { sendEventsTo } from '../../../daemon/os/log.ts';
import { inTime, onceEvent, until } from '../../helpers/until.ts';
import { tempFolder } from '../temp-folder.ts';

const events: { event: string; facts: object }[] = [];

beforeEach(() => {
  events.length = 0;
  sendEventsTo((event, facts) => events.push({ event, facts }));
});

function writerTo(file: string): LogWriter {
  const writer = openLog(file);
  onTestFinished(() => writer.close());
  return writer;
}

/** Writes the chunks to a source of `writer`, ends it, and gives the lines that were told. */
async function print(writer: LogWriter, chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const source = new PassThrough();
  const lines: string[] = [];
  writer.capture(source, (line) => lines.push(line));
  for (const chunk of chunks) source.write(chunk);
  source.end();
  await onceEvent(source, 'close');
  return lines;
}

async function fileAfter(writer: LogWriter, file: string): Promise<string> {
  await inTime(writer.close(), 5_000, 'the end of the file');
  return readFileSync(file, 'utf8');
}

describe('lines', () => {
  test('go to the file and to whoever listens, wherever the chunks are cut', async () => {
    const all = ['one', '', 'größer 😀', 'x'.repeat(5_000), 'last'];
    const bytes = Buffer.from(all.map((line) => `${line}\n`).join(''));
    for (const size of [1, 2, 7, 4_096, 100_000]) {
      const file = `${tempFolder()}/app.log`;
      const writer = writerTo(file);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(await print(writer, chunks)).toEqual(all);
      expect(await fileAfter(writer, file)).toBe(bytes.toString());
    }
  });

  test('are added to what is there, in a folder that is made', async () => {
    const file = `${tempFolder()}/a/b/app.log`;
    const first = writerTo(file);
    await print(first, ['one\n']);
    await first.close();
    const second = writerTo(file);
    await print(second, ['two\n']);
    expect(await fileAfter(second, file)).toBe('one\ntwo\n');
  });

  test('get an end when the source ends without one', async () => {
    const file = `${tempFolder()}/app.log`;
    const writer = writerTo(file);
    expect(await print(writer, ['one\ntw', 'o'])).toEqual(['one', 'two']);
    expect(await fileAfter(writer, file)).toBe('one\ntwo\n');
  });

  test('that are very long are written in pieces; no character is lost or cut', async () => {
    const line = `a${'😀é'.repeat(50_000)}`;
    const file = `${tempFolder()}/app.log`;
    const writer = writerTo(file);
    const told = await print(writer, [line.slice(0, 70_000), line.slice(70_000), '\nnext\n']);
    expect(told.at(-1)).toBe('next');
    expect(told.slice(0, -1).join('')).toBe(line);
    expect(told.every((piece) => Buffer.byteLength(piece) <= 64 * 1024)).toBe(true);
    expect(await fileAfter(writer, file)).toBe(told.map((piece) => `${piece}\n`).join(''));
  });

  test('that are no text do not stop it', async () => {
    const file = `${tempFolder()}/app.log`;
    const writer = writerTo(file);
    await print(writer, [Buffer.alloc(200_000, 0x80), Buffer.from([10, 0xff, 10])]);
    await writer.close();
    const bytes = readFileSync(file);
    expect(bytes.filter((byte) => byte === 0x80)).toHaveLength(200_000);
    expect(bytes.subarray(-3)).toEqual(Buffer.from([10, 0xff, 10]));
  });

  test('of several sources never mix', async () => {
    const file = `${tempFolder()}/app.log`;
    const writer = writerTo(file);
    const sources = ['a', 'b', 'c', 'd'].map((name) => ({ name, source: new PassThrough() }));
    for (const { source } of sources) writer.capture(source, () => undefined);
    for (let turn = 0; turn < 200; turn += 1) {
      // Each turn ends in the middle of a line.
      for (const { name, source } of sources) source.write(`${name.repeat(50)}\n${name.repeat(turn % 60)}`);
    }
    for (const { source } of sources) source.end();
    await Promise.all(sources.map(({ source }) => onceEvent(source, 'close')));
    const lines = (await fileAfter(writer, file)).split('\n').slice(0, -1);
    expect(lines.filter((line) => !/^(a*|b*|c*|d*)$/.test(line))).toEqual([]);
    expect(lines.join('').length).toBe(
      4 * (200 * 50 + Array.from({ length: 200 }, (_, turn) => turn % 60).reduce((sum, one) => sum + one)),
    );
  });
});

/** A named pipe is as slow as its reader. */
function pipe(): string {
  const file = `${tempFolder()}/pipe`;
  execFileSync('mkfifo', [file]);
  return file;
}

describe.runIf(process.platform === 'linux')('a disk that is slow', () => {
  test('slows the sources down, and loses nothing', async () => {
    const file = pipe();
    const writer = writerTo(file);
    const source = new PassThrough();
    let told = 0;
    writer.capture(source, () => (told += 1));
    const line = `${'x'.repeat(999)}\n`;
    const total = 2_000;
    let accepted = 0;
    const feed = (): void => {
      while (accepted < total && source.write(line)) accepted += 1;
      if (accepted < total) source.once('drain', () => ((accepted += 1), feed()));
      else source.end();
    };
    feed();
    await until(() => source.isPaused());
    expect(told).toBeLessThan(200);
    const reader = spawn('cat', [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let bytes = 0;
    reader.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length));
    await until(() => told === total);
    await writer.close();
    await until(() => bytes === total * line.length);
  });

  test('does not hold the sources for ever when the writer is closed meanwhile', async () => {
    const file = pipe();
    const writer = writerTo(file);
    const source = new PassThrough();
    writer.capture(source, () => undefined);
    for (let turn = 0; turn < 100; turn += 1) source.write(`${'x'.repeat(999)}\n`);
    await until(() => source.isPaused());
    const closed = writer.close();
    const reader = spawn('cat', [file], { stdio: 'ignore' });
    onTestFinished(() => void reader.kill());
    await inTime(closed, 5_000, 'the end of the file');
    await until(() => !source.isPaused());
  });
});

const manyLines = Array.from({ length: 2_000 }, (_, index) => `${index} ${'x'.repeat(200)}\n`);

describe('a file that cannot be written', () => {
  test.each(['a folder', 'below a file'])('%s: is told once, and the source goes on', async (where) => {
    const folder = tempFolder();
    const file = where === 'a folder' ? `${folder}/app.log` : `${folder}/file/app.log`;
    if (where === 'a folder') mkdirSync(file);
    else writeFileSync(`${folder}/file`, '');
    const writer = writerTo(file);
    expect(await print(writer, manyLines)).toHaveLength(2_000);
    await inTime(writer.close(), 5_000, 'the end');
    expect(events).toMatchObject([{ event: 'log file failed', facts: { file } }]);
  });

  test.runIf(existsSync('/dev/full'))('a full disk: likewise', async () => {
    const writer = writerTo('/dev/full');
    expect(await print(writer, manyLines)).toHaveLength(2_000);
    await inTime(writer.close(), 5_000, 'the end');
    expect(events).toMatchObject([{ facts: { error: expect.stringContaining('ENOSPC') as string } }]);
  });

  test('is written again when it can be, and says what is missing', async () => {
    const folder = tempFolder();
    const file = `${folder}/logs/app.log`;
    writeFileSync(`${folder}/logs`, '');
    const writer = writerTo(file);
    await print(writer, ['one\n', 'two\n']);
    await until(() => events.length > 0);
    rmSync(`${folder}/logs`);
    await until(async () => (await print(writer, ['again\n'])) && existsSync(file) && readFileSync(file).length > 0);
    expect(await fileAfter(writer, file)).toMatch(/^zdm: \d+ lines are missing here: E.*\n(again\n)+$/);
    expect(events.map(({ event }) => event)).toEqual(['log file failed', 'log file works again']);
  });
});

describe('a file that is taken away', () => {
  test.each([
    ['its folder is deleted', (file: string) => rmSync(dirname(file), { recursive: true })],
    ['it is moved away', (file: string) => renameSync(file, `${file}.1`)],
  ])('%s: another one is there soon, without a word', async (_, take) => {
    const file = `${tempFolder()}/logs/app.log`;
    const writer = writerTo(file);
    await print(writer, ['one\n']);
    await until(() => existsSync(file) && readFileSync(file, 'utf8') === 'one\n');
    take(file);
    await until(async () => (await print(writer, ['two\n'])) && existsSync(file));
    expect(await fileAfter(writer, file)).toMatch(/^(two\n)+$/);
    expect(events).toEqual([]);
  });
});
