import { describe, expect, test } from 'vitest';
import { decodeFrame, encodeFrame, LineSplitter } from '../../../daemon/protocol/frames.ts';

const LINES = ['{"id":1}', '', '{"text":"größer als 😀"}', 'x'.repeat(300), '{"a":"\\n"}'];

/** What a splitter makes of `bytes` when they come in pieces of these sizes (the last size again and again). */
function split(bytes: Buffer, sizes: readonly number[], limit = 1_000): string[] {
  const splitter = new LineSplitter(limit);
  const lines: string[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[Math.min(turn, sizes.length - 1)]!;
    lines.push(...splitter.feed(bytes.subarray(at, at + size)));
    at += size;
  }
  return lines;
}

describe('LineSplitter', () => {
  const bytes = Buffer.from(LINES.map((line) => `${line}\n`).join(''));

  test('gives the same lines wherever the stream is cut in two', () => {
    for (let cut = 1; cut < bytes.length; cut += 1) expect(split(bytes, [cut, bytes.length])).toEqual(LINES);
  });

  test.each([1, 2, 3, 7, 64, 100_000])('gives the same lines in pieces of %i bytes', (size) => {
    expect(split(bytes, [size])).toEqual(LINES);
  });

  test('keeps the beginning of a line until its end has come', () => {
    const splitter = new LineSplitter(100);
    expect(splitter.feed(Buffer.from('half'))).toEqual([]);
    expect(splitter.feed(Buffer.from(' a line'))).toEqual([]);
    expect(splitter.feed(Buffer.from('\nnext'))).toEqual(['half a line']);
  });

  test('takes a line as long as the limit, and refuses one byte more, whole or not', () => {
    expect(split(Buffer.from(`${'x'.repeat(20)}\n`), [7], 20)).toEqual(['x'.repeat(20)]);
    const refused = expect.objectContaining({ code: 'FRAME_TOO_LARGE' }) as Error;
    expect(() => split(Buffer.from(`${'x'.repeat(21)}\n`), [7], 20)).toThrow(refused);
    expect(() => split(Buffer.from('x'.repeat(21)), [100], 20)).toThrow(refused);
  });

  test('counts bytes, not characters', () => {
    expect(() => split(Buffer.from(`${'é'.repeat(11)}\n`), [5], 20)).toThrow(/longer than 20 bytes/);
  });

  test('counts each line anew', () => {
    const many = Array.from({ length: 50 }, () => 'x'.repeat(19));
    expect(split(Buffer.from(many.map((line) => `${line}\n`).join('')), [33], 20)).toEqual(many);
  });
});

describe('frames', () => {
  test.each([
    { id: 1, method: 'ping', params: {} },
    { text: 'two\nlines\r\n and \u2028' },
    { deep: { list: [1, null, 'ü😀'] } },
  ])('%j is one line and comes back', (message) => {
    const frame = encodeFrame(message);
    expect(frame.indexOf('\n')).toBe(frame.length - 1);
    expect(decodeFrame(frame.slice(0, -1))).toEqual(message);
  });

  test.each([
    '',
    ' ',
    '{',
    '{"id":1',
    'null',
    '1',
    '"text"',
    '[]',
    '[{}]',
    'true',
    "{'id':1}",
    'GET / HTTP/1.1',
    '\u0000\uFFFD',
  ])('not a frame: %j', (line) => {
    expect(() => decodeFrame(line)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }) as Error);
  });
});
